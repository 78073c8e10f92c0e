"""The differences between two configurations: the work of a reload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .base import Settings
from .settings.group import GroupConfig
from .settings.model import Isolation, ModelConfig
from .settings.runtime import GlobalConfig, RuntimeConfig

_LIVE = frozenset(
    {
        "adaptive_limit",
        "bulkhead",
        "circuit_breaker",
        "enabled",
        "failure_if",
        "fallbacks",
        "health_check",
        "hedge_after",
        "max_parking",
        "on_crash",
        "prices",
        "ramp_up",
        "rate_limit",
        "restart",
        "retry",
        "shed",
        "stream",
        "throttle",
        "timeout",
        "weight",
    }
)
"""Settings of a model that change under its running calls. A new setting is not among them by
itself: to replace the executor is always right."""
_OF_ANY_EXECUTOR = frozenset({"executor", "isolation", "calls_per_worker", "ray"})
"""Settings that make another executor of a function from Python, too."""


@dataclass(frozen=True, slots=True)
class GlobalChanged:
    """Settings of the whole runtime; `names` are those that differ."""

    settings: GlobalConfig
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Added:
    """A model that is new."""

    model: ModelConfig


@dataclass(frozen=True, slots=True)
class Changed:
    """A model with other settings; `groups` are the settings and groups of settings that differ."""

    before: ModelConfig
    model: ModelConfig
    groups: frozenset[str]

    @property
    def needs_executor(self) -> bool:
        """Whether the calls need another executor from now on."""
        before, after = self.before, self.model
        if self.groups & _OF_ANY_EXECUTOR:
            return True
        if after.isolation is Isolation.PROCESS:  # as many workers as calls in flight
            more = before.bulkhead.max_concurrent != after.bulkhead.max_concurrent
        else:
            more = False
        if after.executor is not None:
            return more
        # What is read of a stream is for its executor to bound.
        more = more or before.stream.max_bytes != after.stream.max_bytes
        return more or bool(self.groups - _LIVE)


@dataclass(frozen=True, slots=True)
class Removed:
    """A model that is gone."""

    model_id: str


@dataclass(frozen=True, slots=True)
class Reordered:
    """All models in a new order, which adding and removing alone does not give."""

    model_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupsChanged:
    """All groups; at least one differs."""

    groups: tuple[GroupConfig, ...]


Change: TypeAlias = GlobalChanged | Added | Changed | Removed | Reordered | GroupsChanged


def diff(before: RuntimeConfig, after: RuntimeConfig) -> tuple[Change, ...]:
    """The changes that turn `before` into `after`, in the order of their execution.

    >>> old = RuntimeConfig(models=(ModelConfig(id="a"), ModelConfig(id="b")))
    >>> new = RuntimeConfig(models=(ModelConfig(id="a", weight=2.0),))
    >>> [type(change).__name__ for change in diff(old, new)]
    ['Changed', 'Removed']
    """
    return tuple(_changes(before, after))


def compare(before: ModelConfig, after: ModelConfig) -> Changed | None:
    """The difference between the settings of a model; None: there is none."""
    names = differing(before, after)
    return Changed(before, after, names) if names else None


def differing(before: Settings, after: Settings) -> frozenset[str]:
    """The names of the settings that are not the same. Executors are compared by identity."""
    return frozenset(
        name.rstrip("_")
        for name in type(after).model_fields
        if not _same(name, getattr(before, name), getattr(after, name))
    )


def _same(name: str, before: object, after: object) -> bool:
    # The equality of a user's object is not asked for.
    return before is after if name == "executor" else before == after


def _changes(before: RuntimeConfig, after: RuntimeConfig) -> Iterator[Change]:
    names = differing(before.global_, after.global_)
    if names:
        yield GlobalChanged(after.global_, names)
    old = {model.id: model for model in before.models}
    new = {model.id: model for model in after.models}
    for model in after.models:
        known = old.get(model.id)
        change = Added(model) if known is None else compare(known, model)
        if change is not None:
            yield change
    yield from (Removed(model_id) for model_id in old if model_id not in new)
    if _order_after(old, new) != list(new):
        yield Reordered(tuple(new))
    if before.groups != after.groups:
        yield GroupsChanged(after.groups)


def _order_after(old: Mapping[str, ModelConfig], new: Mapping[str, ModelConfig]) -> list[str]:
    """The order without a change of places: models that stay keep theirs, new ones follow."""
    kept = [model_id for model_id in old if model_id in new]
    return kept + [model_id for model_id in new if model_id not in old]
