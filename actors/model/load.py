"""The load of a model, as the router reads it at a choice."""

from __future__ import annotations

from ..policies.breaker.states import State
from ..policies.health.status import ModelStatus
from ..policies.outcomes.fault import UNCOUNTED
from .state import ModelState


class ModelLoad:
    """Reads what the model's actor owns and changes nothing: counting twice would cost each call.

    It is a `Load`, and holds as long as the state: a crash of the actor changes nothing.
    """

    __slots__ = ("_state",)

    def __init__(self, state: ModelState) -> None:
        self._state = state

    @property
    def in_flight(self) -> int:
        """Places that are taken."""
        return self._state.bulkhead.in_flight

    @property
    def failed(self) -> int:
        """Attempts that speak against the model, since the start."""
        faults = self._state.metrics.faults
        return sum(count for fault, count in faults.items() if fault not in UNCOUNTED)

    def has_place(self, now: float) -> bool:
        """Whether a call that comes now begins at once."""
        state = self._state
        if state.bulkhead.in_flight >= state.bulkhead.limit or not state.breaker.admits(now):
            return False
        if state.withdrawn or state.health.status is ModelStatus.MAINTENANCE:
            return False
        return not state.limiter.active or state.limiter.admits(now)

    def is_on_trial(self, now: float) -> bool:
        """Whether its breaker is half-open."""
        return self._state.breaker.state(now) is State.HALF_OPEN
