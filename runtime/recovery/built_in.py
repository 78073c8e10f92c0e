"""Records of what breakers, probes and supervisors do anyway: no remedy, but part of the story.

The audit has a row for each of these by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from ...actors.events import ChildRestarted, CircuitChanged, Event
from ...actors.policies.breaker.states import Reason
from ...actors.policies.recovery.records import RemedyOutcome, RemedyRecord
from ...actors.policies.recovery.remedies import Remedy
from ..fleet.fleet import Fleet
from ..fleet.member import actor_name, workers_name
from ..observability.event_bus import EventBus
from .journal import Journal

_CRASHED, _RUNNING = "crashed", "running"


class BuiltIn:
    """Hears of restarts by a supervisor, and of breakers whose wait a probe has ended."""

    def __init__(
        self, fleet: Fleet, bus: EventBus, journal: Journal, is_busy: Callable[[str], bool]
    ) -> None:
        self._fleet, self._bus, self._journal, self._is_busy = fleet, bus, journal, is_busy
        self._untap: Callable[[], None] | None = None

    def start(self) -> None:
        """Listen from now on."""
        self._untap = self._bus.tap(self._heard, (ChildRestarted, CircuitChanged), _nothing)

    def stop(self) -> None:
        """Listen no more."""
        if self._untap is not None:
            self._untap()

    def _heard(self, event: Event) -> None:
        if not self._fleet.config.global_.recovery.enabled:
            return
        match event:
            case ChildRestarted(child=child) if not self._bus.by_hand:
                self._restarted(event, child)
            case CircuitChanged(model_id=model_id, reason=Reason.PROBE_PASSED):
                before, after = f"breaker {event.before}", f"breaker {event.after}"
                self._add(event, model_id, Remedy.PROBE_NOW, "a probe passed", before, after)
            case _:
                pass

    def _restarted(self, event: Event, child: str) -> None:
        for prefix, remedy in (
            (actor_name(""), Remedy.RESTART_ACTOR),
            (workers_name(""), Remedy.RESTART_WORKER),
        ):
            model_id = child.removeprefix(prefix)
            if child.startswith(prefix) and model_id in self._fleet.members:
                self._add(event, model_id, remedy, "it crashed", _CRASHED, _RUNNING)

    def _add(
        self, event: Event, model_id: str, remedy: Remedy, reason: str, before: str, after: str
    ) -> None:
        if self._is_busy(model_id):  # then it is a part of a remedy, which has its own record
            return
        outcome = RemedyOutcome.BUILT_IN
        record = RemedyRecord(model_id, remedy.value, reason, event.at, 0.0, outcome, before, after)
        self._journal.add(record)


def _nothing() -> None:
    return None
