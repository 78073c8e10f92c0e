"""Other settings as steps on a running fleet: all of them, or none.

Each step can be taken back. What cannot (a replaced executor is closed, a removed model stops) is
done once all steps have worked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from ...actors.fleet_messages import FleetChanged
from ...config.diff import Added, Change, Changed, GlobalChanged, Removed, diff
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import GlobalConfig, RuntimeConfig
from ...config.values.log_fields import log_event
from ..fleet.backend import Backend
from ..fleet.fleet import Fleet

_FOR_EACH_MODEL = frozenset(
    {"alerts", "default_timeout", "health_check_interval", "hedge_after", "max_parking"}
)
"""Settings of the whole runtime that the actor of a model uses."""
_TRIES = 5

log: logging.Logger = logging.getLogger(__name__)


class Step(NamedTuple):
    """One change; `undo` also takes back a half of it, or nothing."""

    name: str
    do: Callable[[], object]
    undo: Callable[[], object]


def take(steps: Iterable[Step]) -> None:
    """Take all steps. Raises what one of them raises, and then none is taken."""
    begun: list[Step] = []
    try:
        for step in steps:
            begun.append(step)
            step.do()
    except BaseException:
        # In the same order: the settings come first, of which the models are told a part.
        for step in begun:
            try:
                step.undo()
            except Exception:
                log.exception(
                    "a failed reload could not take back: %s",
                    step.name,
                    extra=log_event("reload.not_undone", step=step.name),
                )
        raise


class Steps:
    """The steps from the settings that hold to others; `backends` are of new and changed models."""

    def __init__(
        self,
        fleet: Fleet,
        config: RuntimeConfig,
        changes: tuple[Change, ...],
        backends: Mapping[str, Backend],
        on_settings: Callable[[GlobalConfig], None],
    ) -> None:
        self._fleet = fleet
        self._before = fleet.config
        self._config = config
        self._changes = changes
        self._backends = backends
        self._on_settings = on_settings
        self._replaced: dict[str, Backend] = {}
        """The former backend of each model that has another one."""

    def all(self) -> Iterator[Step]:
        """Every step, in order."""
        fleet, before, config = self._fleet, self._before, self._config
        yield Step("settings", partial(fleet.adopt, config), partial(fleet.adopt, before))
        yield from self._of_models()
        there = _for_router(config, self._changes)
        back = _for_router(before, diff(config, before))
        yield Step("router", partial(fleet.tell_router, there), partial(fleet.tell_router, back))
        adopt = self._on_settings
        yield Step("limits", partial(adopt, config.global_), partial(adopt, before.global_))

    def finish(self) -> None:
        """What cannot be taken back, after the last step."""
        for model_id, backend in self._replaced.items():
            if model_id in self._fleet.members:
                self._fleet.retire(model_id, backend)

    def _of_models(self) -> Iterator[Step]:
        fleet = self._fleet
        mine = [c.model for c in self._changes if isinstance(c, Added | Changed)]
        # First what needs a supervisor: the rest are messages.
        new = [model for model in mine if model.id not in fleet.members]
        yield from map(self._add, new)
        for model in mine:
            if model not in new:
                yield self._change(model.id, model, self._backends[model.id])
        for change in self._changes:
            if isinstance(change, Removed) and change.model_id in fleet.members:
                yield self._remove(change.model_id)
            elif isinstance(change, GlobalChanged) and change.names & _FOR_EACH_MODEL:
                for member in tuple(fleet.members.values()):
                    if member.config.id not in self._backends and member.leaving is None:
                        yield self._change(member.config.id, member.config, member.backend)

    def _add(self, model: ModelConfig) -> Step:
        fleet, backend = self._fleet, self._backends[model.id]
        undo = partial(fleet.discard, model.id, backend)
        return Step(
            f"add {model.id}", lambda: _insist(model.id, partial(fleet.add, model, backend)), undo
        )

    def _change(self, model_id: str, model: ModelConfig, backend: Backend) -> Step:
        fleet, member = self._fleet, self._fleet.member(model_id)
        config, former, leaving = member.config, member.backend, member.leaving

        def change() -> None:
            if former.executor is not backend.executor:
                self._replaced[model_id] = former
            _insist(model_id, partial(fleet.change, model, backend))

        def undo() -> None:
            fleet.change(config, former)
            if former.executor is not backend.executor:
                fleet.discard_backend(backend)
            if leaving is not None:
                fleet.remove_in_background(model_id)

        return Step(f"change {model_id}", change, undo)

    def _remove(self, model_id: str) -> Step:
        fleet, member = self._fleet, self._fleet.member(model_id)
        undo = partial(fleet.change, member.config, member.backend)
        return Step(f"remove {model_id}", partial(fleet.remove_in_background, model_id), undo)


def _insist(model_id: str, do: Callable[[], None]) -> None:
    """A supervisor that crashes on it is back at the next try."""
    for left in reversed(range(_TRIES)):
        try:
            return do()
        except Exception:
            if not left:
                raise
            log.exception(
                "%s did not take its settings; trying again",
                model_id,
                extra=log_event("model.not_changed", model=model_id),
            )
    return None


def _for_router(config: RuntimeConfig, changes: tuple[Change, ...]) -> FleetChanged:
    return FleetChanged(
        next((c.settings for c in changes if isinstance(c, GlobalChanged)), None),
        tuple(change.model for change in changes if isinstance(change, Added | Changed)),
        tuple(model.id for model in config.models),
        config.members_of_groups,
    )
