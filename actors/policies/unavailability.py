"""Why a model cannot serve just now, and the error that says so."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import NamedTuple

from ...config.errors import ResilienceError
from .breaker.states import State
from .outcomes.attempt import AttemptRecord, Outcome
from .outcomes.errors import CircuitBreakerError, ModelUnavailableError, RateLimitedError
from .records import new


class UnavailableReason(StrEnum):
    """What keeps a model from serving."""

    CIRCUIT_OPEN = "circuit_open"
    PARKED = "parked"
    MAINTENANCE = "maintenance"
    DISABLED = "disabled"
    STOPPING = "stopping"
    CRASHED = "crashed"
    QUARANTINED = "quarantined"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    STARTING = "starting"
    NOT_SERVED = "not_served"


_OPEN, _REJECTED = UnavailableReason.CIRCUIT_OPEN, Outcome.REJECTED
_SAID = {
    UnavailableReason.MAINTENANCE: "is in maintenance",
    UnavailableReason.DISABLED: "is disabled in the configuration",
    UnavailableReason.STOPPING: "is being removed",
    UnavailableReason.CRASHED: "has crashed and restarts soon",
    UnavailableReason.QUARANTINED: "crashed too often and is quarantined; restart() brings it back",
    UnavailableReason.UNHEALTHY: "fails its health checks",
    UnavailableReason.UNKNOWN: "is not part of this fleet",
    UnavailableReason.STARTING: "has not started yet",
    UnavailableReason.NOT_SERVED: "is not served by its provider, or not to this account",
}


class Unavailable(NamedTuple):
    """One reason, and the point in time at which it ends (infinite: not known)."""

    reason: UnavailableReason
    until: float = inf
    state: str = "open"

    def record(self, model_id: str, now: float) -> AttemptRecord:
        """The record of a task that has passed this model over."""
        return new(AttemptRecord, (model_id, 0, _REJECTED, 0.0, 0.0, self.error(model_id, now)))

    def error(self, model_id: str, now: float) -> ResilienceError:
        """The error for a task that asks this model now."""
        reason, until, state = self
        wait = None if until == inf else max(0.0, until - now)
        if reason is _OPEN:
            return CircuitBreakerError(state=state, retry_after=wait, model_id=model_id)
        when = "" if wait is None else f"; try again in {wait:.3g} s"
        if reason is UnavailableReason.PARKED:
            return RateLimitedError(
                f"{model_id} is rate-limited{when}", retry_after=wait, model_id=model_id
            )
        return ModelUnavailableError(
            f"{model_id} {_SAID[reason]}{when}", model_id=model_id, retry_after=wait
        )


def unavailable_of(state: State, until: float, *, served: bool = True) -> Unavailable:
    """Why a model cannot serve whose breaker rejects calls in this state.

    `served`: whether the provider has the model, as far as is known.
    """
    if state is not State.CLOSED:
        return Unavailable(UnavailableReason.CIRCUIT_OPEN, until, state)
    parked = UnavailableReason.PARKED if served else UnavailableReason.NOT_SERVED
    return Unavailable(parked, until, state)
