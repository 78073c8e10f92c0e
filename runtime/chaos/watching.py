"""Hears when the runtime finds that a model is not well."""

from __future__ import annotations

from collections.abc import Callable

from ...actors.events import ChildCrashed, CircuitChanged, Event, HealthChanged
from ...actors.policies.breaker.states import State
from ...actors.policies.health.status import ModelStatus
from ..observability.event_bus import EventBus

_UNWELL = frozenset({ModelStatus.DEGRADED, ModelStatus.UNAVAILABLE})


def watch_models(bus: EventBus, noticed: Callable[[str], None]) -> Callable[[], None]:
    """Call `noticed` with each model that falls; the answer ends it."""

    def heard(event: Event) -> None:
        match event:
            case CircuitChanged(after=State.OPEN):
                noticed(event.model_id)
            case HealthChanged() if event.after in _UNWELL:
                noticed(event.model_id)
            case ChildCrashed():
                noticed(event.child.removeprefix("model:").removeprefix("workers:"))
            case _:
                pass

    return bus.tap(heard, (CircuitChanged, HealthChanged, ChildCrashed), _nothing)


def _nothing() -> None:
    return None
