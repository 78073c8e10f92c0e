"""What must be true during a run: counters only grow, no model is parked for too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hive_resilience.actors.model.state import ModelState
from hive_resilience.actors.router.state import RouterState

from .ledger import EXACT

_GROWING = (
    *("tasks", "successes", "failures", "timeouts", "cancelled"),
    *("rejected", "failovers", "abandoned", "stale"),
)


class Samples:
    """Counters seen so far; none of them ever goes back."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._seen: dict[str, Mapping[str, float]] = {}

    def take(self, states: Mapping[str, ModelState], fleet: Any, now: float) -> None:
        """Compare all counters with those of the last time."""
        for name, state in states.items():
            self.take_one(name, state, now)
        router: RouterState = fleet.router_state
        dispatched, answered = router.dispatched, router.answered
        self._compare("router", {"dispatched": dispatched, "answered": answered}, now)
        self._compare("dead letters", fleet.dead_letters.snapshot(), now)
        for child in fleet.supervision.children():
            crashes = child.policy.snapshot(now).crashes
            counted = {"restarts": child.restarts, "crashes": crashes}
            # One that was removed may come back by the same name, as somebody else.
            self._compare(f"{child.name}, {child.ref.actor_urn}", counted, now)

    def take_one(self, name: str, state: ModelState, now: float) -> None:
        """Compare the counters of one model."""
        self._compare(name, _counters(state, now), now)
        parked, most = state.breaker.snapshot(now).parked_for, state.max_parking
        if parked > most + EXACT:
            self.violations.append(f"{name} at {now:.3f}: parked for {parked:.3g} s, not {most} s")
        if len(state.permits) > state.bulkhead.in_flight:
            self.violations.append(f"{name} at {now:.3f}: more permits than places taken")

    def _compare(self, name: str, counters: Mapping[str, float], now: float) -> None:
        before = self._seen.get(name, {})
        self._seen[name] = counters
        for counter, value in counters.items():
            if value < before.get(counter, 0):
                self.violations.append(
                    f"{counter} of {name} went back from {before[counter]} to {value} at {now:.3f}"
                )


def _counters(state: ModelState, now: float) -> dict[str, float]:
    # Whole snapshots would take most of the time of the simulation.
    budget, bulkhead = state.budget, state.bulkhead
    counters: dict[str, float] = {name: getattr(state.metrics, name) for name in _GROWING}
    counters |= {"deposited": budget.deposited, "withdrawn": budget.withdrawn}
    counters |= {"refused": bulkhead.refused, "shed": bulkhead.shed, "expired": bulkhead.expired}
    counters |= {"generation": state.breaker.snapshot(now).generation, "starts": state.starts}
    return counters
