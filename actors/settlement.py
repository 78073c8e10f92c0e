"""What follows from the end of an attempt: counts, breaker, budget, and whether to try again."""

from __future__ import annotations

from .call_permit import CallPermit
from .events import CallAbandoned
from .messages import Settle
from .model_state import ModelState, Surroundings
from .outcomes import ModelCrashedError
from .policies.attempt import Outcome
from .policies.classify import classify
from .policies.fault import Fault

_SUCCESS = Outcome.SUCCESS


class PermitSettledTwiceError(RuntimeError):
    """A permit was settled a second time: a defect of the runtime."""


class Settlement:
    """Settles the permits of one model, each once."""

    __slots__ = ("_state", "_surroundings")

    def __init__(self, state: ModelState, surroundings: Surroundings) -> None:
        self._state = state
        self._surroundings = surroundings

    def settle(self, settle: Settle, now: float) -> None:
        """Count the outcome. Raises `PermitSettledTwiceError`, and then changes nothing."""
        permit, state = settle.permit, self._state
        if permit.settled:
            raise PermitSettledTwiceError(f"a permit of {permit.model_id} was settled twice")
        del state.permits[permit]
        if settle.outcome is not _SUCCESS:
            self._settle_other(settle, now)
            return
        duration = settle.duration
        permit.settled = True
        if not state.breaker.settle_success(permit, now, duration):
            state.metrics.count_stale()
        state.metrics.succeeded(now, duration, permit.number, permit.strategy)
        state.budget.deposited += 1
        state.health.traffic_succeeded(now)
        if settle.told is not None:
            state.limiter.learn(settle.told.rate_limits, now)
            state.limiter.charge(tokens=settle.told.tokens)
            if settle.told.stream is not None:
                state.metrics.record_stream(settle.told.stream)

    def release(self, permit: CallPermit, now: float) -> None:
        """Take a permit back whose outcome is lost; nothing is counted twice."""
        self._state.permits.pop(permit, None)
        if not permit.settled:
            permit.ignore(now)

    def retry_delay(self, settle: Settle, now: float) -> float | None:
        """Seconds before the next attempt at this model; None: no more here."""
        state, error, permit = self._state, settle.error, settle.permit
        if error is None or settle.outcome is Outcome.CANCELLED:
            return None
        if isinstance(error, ModelCrashedError):
            return None
        fault = classify(error)
        if fault is not Fault.RATE_LIMITED and not state.breaker.admits(now):
            return None
        if fault is Fault.TIMEOUT and settle.alternatives:
            return None
        draw = self._surroundings.draw()
        delay = state.retry.next_delay(
            permit.number,
            error,
            now,
            settle.deadline,
            draw,
            previous=settle.previous_delay,
            expected=state.metrics.average_latency() or 0.0,
        )
        if delay is None or not state.budget.withdraw():
            return None
        return delay

    def _settle_other(self, settle: Settle, now: float) -> None:
        state, permit, error = self._state, settle.permit, settle.error
        if error is None or settle.outcome is Outcome.CANCELLED:
            fault = Fault.CANCELLED
            permit.ignore(now)
        else:
            fault = classify(error)
            if not permit.failure(now, error, settle.duration):
                state.metrics.count_stale()
        state.metrics.record(
            now, settle.outcome, settle.duration, permit.number, fault, permit.strategy
        )
        if settle.lingering or settle.abandoned:
            state.metrics.count_abandoned()
            self._surroundings.publish(
                CallAbandoned, model_id=permit.model_id, holds_place=settle.lingering
            )
