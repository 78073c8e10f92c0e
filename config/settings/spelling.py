"""The spelling of settings in a file, and the setting that a wrong key is nearest to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import get_args

from pydantic.alias_generators import to_camel, to_snake
from pydantic.fields import FieldInfo

from ..base import Settings
from ..values.words import nearest
from .model import ModelConfig
from .runtime import RuntimeConfig

NOT_IN_FILES = {"executor", "function", "predicate"}
"""Settings that only Python can give."""

SHORT_FORMS = {
    "max_retries": ("retry", "max_retries"),
    "circuit_breaker_threshold": ("circuit_breaker", "failure_threshold"),
}
"""Keys that may stand right under a model, too."""

ROUTING_FORMS = {
    "default_strategy": ("default_strategy",),
    "max_concurrency": ("max_parallel",),
    "timeout_ms": ("task_timeout",),
    "retry_on_failure": ("failover",),
}
"""Keys under `routing`, each with its setting of `global`."""

MODEL_WEIGHTS = "model_weights"
"""Under `routing`: the weights of all models."""


@dataclass(frozen=True)
class Shape:
    """The keys that a section of a file may have. `forms` are other names of settings inside."""

    names: tuple[str, ...] = ()
    inner: Mapping[str, type[Settings]] = field(default_factory=dict[str, type[Settings]])
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def spelled(self) -> tuple[str, ...]:
        """Every name in snake_case."""
        return (*self.names, *self.forms)

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Every key that a file may have, and the setting it spells."""
        return {key: name for name in self.spelled for key in (name, to_camel(name))}


@cache
def names(kind: type[Settings]) -> tuple[str, ...]:
    """The settings of a group in snake_case, as a file or a variable may set them."""
    written = (name.rstrip("_") for name in kind.model_fields)
    return tuple(name for name in written if name not in NOT_IN_FILES)


@cache
def groups(kind: type[Settings]) -> dict[str, type[Settings]]:
    """The settings of a group that are groups themselves."""
    found: dict[str, type[Settings]] = {}
    for name, info in kind.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Settings):
            found[name.rstrip("_")] = info.annotation
    return found


@cache
def lists(kind: type[Settings]) -> dict[str, tuple[type[Settings], ...]]:
    """The settings of a group that are lists of settings, each with the kinds of its members."""
    inner = groups(kind)
    found = {n.rstrip("_"): _kinds_in(info.annotation) for n, info in kind.model_fields.items()}
    return {name: kinds for name, kinds in found.items() if kinds and name not in inner}


def _kinds_in(annotation: object) -> tuple[type[Settings], ...]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return (annotation,)
    return tuple(kind for part in get_args(annotation) for kind in _kinds_in(part))


def is_list_of_settings(info: FieldInfo) -> bool:
    """Whether a setting is a list whose members are groups of settings."""
    return bool(get_args(info.annotation) and _kinds_in(info.annotation))


@cache
def shape_of(kind: type[Settings]) -> Shape:
    """The shape of a group of settings in a file."""
    forms = SHORT_FORMS if kind is ModelConfig else {}
    return Shape(names(kind), groups(kind), forms)


ON_TOP = (
    *("aliases", "alerts", "history", "telemetry", "chaos", "top"),
    *("degradation", "recovery", "cluster"),
)
"""Settings of `global` that may stand on top of a file, too."""

WORD_FORMS = {"history": "folder"}
"""Groups that may be one text, and the setting in them that the text is."""

TOP = Shape((*names(RuntimeConfig), *ON_TOP, "resilience", "routing"), groups(RuntimeConfig))
"""A whole file: `resilience` is another name of `global`."""

ROUTING = Shape((MODEL_WEIGHTS,), forms=ROUTING_FORMS)


def name_of(shape: Shape, key: str) -> str | None:
    """The setting that `key` spells in snake_case or camelCase, or None."""
    return shape.spellings.get(key)


def unknown(shape: Shape, key: str) -> str:
    """The message for a key that spells no setting."""
    if "id" in shape.names and key in NOT_IN_FILES:
        return "unknown key; an executor is given in Python: executors={id: function}"
    meant = _nearest(shape, key)
    if meant is None:
        allowed = ", ".join(spelled_like(key, name) for name in shape.spelled)
        return f"unknown key; allowed here: {allowed}"
    return f"unknown key; did you mean {spelled_like(key, meant)}?"


def spelled_like(key: str, path: str) -> str:
    """A dotted name in the case of `key`: snake_case or camelCase."""
    if "_" in key or "-" in key:
        return path
    return ".".join(to_camel(name) for name in path.split("."))


def _nearest(shape: Shape, key: str) -> str | None:
    word = to_snake(key)
    inner = {name: group for group, kind in shape.inner.items() for name in names(kind)}
    if word in inner:
        return f"{inner[word]}.{word}"
    own = nearest(word, shape.spelled)
    if own is not None:
        return own
    deeper = nearest(word, inner)
    return None if deeper is None else f"{inner[deeper]}.{deeper}"
