"""What a guard tells its listeners: one frozen record for each change and each call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from ...actors.policies.breaker.states import BreakerSnapshot, CircuitStateChanged, Reason, State

_BY_ITSELF = frozenset(
    {
        Reason.FAILURE_RUN,
        Reason.FAILURE_RATE,
        Reason.SLOW_CALL_RATE,
        Reason.UNAUTHORIZED,
        Reason.TRIAL_FAILED,
        Reason.TRIAL_SLOW,
    }
)


class Trigger(StrEnum):
    """What made a breaker move, in the words of the original specification."""

    FAILURE_THRESHOLD_EXCEEDED = "failure_threshold_exceeded"
    """It opened by itself; the event's `reason` says by which threshold."""
    RECOVERY_TIMEOUT_ELAPSED = "recovery_timeout_elapsed"
    """It is half-open: its wait is over."""
    RECOVERY_SUCCESSFUL = "recovery_successful"
    """It closed: enough trials passed."""
    MANUAL_RESET = "manual_reset"
    """`reset` was called."""
    MANUAL_TRIP = "manual_trip"
    """`trip` or `force_open` was called."""
    MANUAL_CHANGE = "manual_change"
    """`disable` or `metrics_only` was called; the original has neither."""


@dataclass(frozen=True, slots=True)
class GuardChanged:
    """The breaker of a guard moved. `open_for` is seconds, None unless it opened."""

    name: str
    before: State
    after: State
    trigger: Trigger
    reason: str
    open_for: float | None
    at: datetime
    snapshot: BreakerSnapshot
    """The breaker after the change."""


@dataclass(frozen=True, slots=True)
class GuardCalled:
    """A call through a guard has ended, within `duration` seconds. `error` is what it raised.

    Told of calls that were made: a refusal by an open breaker is none.
    """

    name: str
    success: bool
    duration: float
    error: BaseException | None
    state: State
    at: datetime


GuardEvent: TypeAlias = GuardChanged | GuardCalled


def trigger_of(change: CircuitStateChanged) -> Trigger:
    """The original's word for a change."""
    match change.after:
        case State.OPEN:
            by_itself = change.reason in _BY_ITSELF
            return Trigger.FAILURE_THRESHOLD_EXCEEDED if by_itself else Trigger.MANUAL_TRIP
        case State.HALF_OPEN:
            return Trigger.RECOVERY_TIMEOUT_ELAPSED
        case State.CLOSED:
            passed = change.reason == Reason.TRIALS_PASSED
            return Trigger.RECOVERY_SUCCESSFUL if passed else Trigger.MANUAL_RESET
        case State.FORCED_OPEN:
            return Trigger.MANUAL_TRIP
        case _:
            return Trigger.MANUAL_CHANGE
