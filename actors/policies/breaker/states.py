"""What a circuit breaker says about itself: its states, its legal moves, and frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ....config.errors import ResilienceError


class State(StrEnum):
    """The first three follow from what calls do; the last three are set and left by an operator."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    FORCED_OPEN = "forced_open"
    """Rejects everything until an operator says otherwise."""
    DISABLED = "disabled"
    """Admits everything, counts nothing."""
    METRICS_ONLY = "metrics_only"
    """Admits everything, counts, never opens."""


class Reason(StrEnum):
    """Why a breaker moved; `trip` brings a reason of its own."""

    FAILURE_RUN = "failure_run"
    FAILURE_RATE = "failure_rate"
    SLOW_CALL_RATE = "slow_call_rate"
    UNAUTHORIZED = "unauthorized"
    TRIAL_FAILED = "trial_failed"
    TRIAL_SLOW = "trial_slow"
    TRIALS_PASSED = "trials_passed"
    WAIT_OVER = "wait_over"
    PROBE_PASSED = "probe_passed"
    CRASHED = "crashed"
    OPERATOR = "operator"


_BY_OPERATOR = frozenset({State.FORCED_OPEN, State.DISABLED, State.METRICS_ONLY})

LEGAL_MOVES: Mapping[State, frozenset[State]] = {
    # Closed goes to half-open only after a crash that left its counts unsound.
    State.CLOSED: frozenset({State.OPEN, State.HALF_OPEN}) | _BY_OPERATOR,
    State.OPEN: frozenset({State.HALF_OPEN, State.CLOSED}) | _BY_OPERATOR,
    State.HALF_OPEN: frozenset({State.OPEN, State.CLOSED}) | _BY_OPERATOR,
    State.FORCED_OPEN: frozenset({State.CLOSED, State.DISABLED, State.METRICS_ONLY}),
    State.DISABLED: frozenset({State.CLOSED, State.FORCED_OPEN, State.METRICS_ONLY}),
    State.METRICS_ONLY: frozenset({State.CLOSED, State.FORCED_OPEN, State.DISABLED}),
}
"""Where each state may go next; anything else raises `IllegalTransitionError`."""


class IllegalTransitionError(ResilienceError, RuntimeError):
    """The breaker cannot go from `before` to `after`; nothing was changed."""

    code = "illegal_transition"

    def __init__(self, before: State, after: State) -> None:
        allowed = ", ".join(sorted(LEGAL_MOVES[before]))
        super().__init__(
            f"a circuit breaker that is {before} cannot become {after}, only {allowed}; "
            "call reset() first"
        )
        self.before: State = before
        self.after: State = after


@dataclass(frozen=True, slots=True)
class CircuitStateChanged:
    """A breaker moved. `at` is its monotonic time, `open_for` None unless it opened."""

    before: State
    after: State
    at: float
    reason: str
    open_for: float | None
    generation: int


@dataclass(frozen=True, slots=True)
class BreakerSnapshot:
    """A breaker as it is at one moment. Spans are seconds.

    `retry_after` is None where a call would be admitted, and infinite where only an operator can
    change that. Counts are those of the current window.
    """

    state: State
    generation: int
    retry_after: float | None
    parked_for: float
    calls: int
    failed: int
    slow: int
    failure_rate: float
    failures_in_row: int
    trials_out: int
    trials_passed: int
    trials_failed: int
