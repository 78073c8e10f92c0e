"""What follows from the end of an attempt: counts, breaker, budget, and whether to try again."""

from __future__ import annotations

import time

from ..messages import ProviderFeedback, Settle, Verdict
from ..permit import CallPermit
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import ModelCrashedError
from ..policies.outcomes.fault import UNCOUNTED, Fault
from ..policies.outcomes.usage import cost_of
from .admission import Admission
from .changes import Changes
from .readiness import Readiness
from .state import ModelState

_SUCCESS = Outcome.SUCCESS
_DONE = Verdict(None, False)


class PermitSettledTwiceError(RuntimeError):
    """A permit was settled a second time: a defect of the runtime."""


class Settlement:
    """Settles the permits of one model, each once."""

    __slots__ = ("_admission", "_changes", "_readiness", "_state")

    def __init__(
        self, state: ModelState, admission: Admission, readiness: Readiness, changes: Changes
    ) -> None:
        self._state = state
        self._admission = admission
        self._readiness = readiness
        self._changes = changes

    def settle(self, settle: Settle, now: float) -> Verdict:
        """Count the outcome, and give the place back.

        Raises `PermitSettledTwiceError`, and then changes nothing.
        """
        permit, state = settle.permit, self._state
        if permit.settled:
            raise PermitSettledTwiceError(f"a permit of {permit.model_id} was settled twice")
        del state.permits[permit]
        if settle.outcome is not _SUCCESS:
            return self._settle_other(settle, now)
        duration = settle.duration
        permit.settled = True
        if not state.breaker.settle_success(permit, now, duration):
            state.metrics.count_stale()
        feedback = settle.feedback
        if feedback is None or feedback.stream is None:
            state.metrics.succeeded(now, duration, permit.number, permit.strategy, settle.direct)
        else:
            state.metrics.stream_succeeded(now, feedback.stream, permit.number, permit.strategy)
        state.budget.deposited += 1
        health = state.health
        health.last_success_at = now
        if health.failed_probes:
            health.traffic_succeeded(now)
        if feedback is not None:
            self._learn(feedback, permit, now)
        if state.unknown:
            self._changes.known(now)
        state.account_refused = False
        self._admission.leave(permit, now)
        looks_ill = duration >= state.signs.slow_from
        if looks_ill or health.events or not (state.announced and state.breaker.gate.quiet):
            self._changes.after_call(now, looks_ill=looks_ill)
        if state.draining:
            self._admission.tell_drained()
        return _DONE

    def release(self, permit: CallPermit, now: float) -> None:
        """Take a permit back whose outcome is lost; nothing is counted twice."""
        self._state.permits.pop(permit, None)
        if not permit.settled:
            permit.ignore(now)

    def _settle_other(self, settle: Settle, now: float) -> Verdict:
        self._count(settle, now)
        if not settle.lingering:
            self._admission.leave(settle.permit, now)
        opened = self._changes.after_call(now, looks_ill=True)
        if self._state.draining:
            self._admission.tell_drained()
        self._readiness.share_parking(settle)
        delay = self._retry_delay(settle, now)
        here = settle.permit.number <= self._state.config.retry.before_failover
        return Verdict(delay, opened, here)

    def _hear(self, settle: Settle, now: float) -> None:
        """What a failure says of the provider beside itself."""
        feedback, state = settle.feedback, self._state
        if feedback is None:
            return
        self._learn(feedback, settle.permit, now)
        if feedback.usage is not None:
            cost = cost_of(feedback.usage, settle.permit.prices)
            state.metrics.count_unanswered(feedback.usage, cost)
        if settle.fault not in UNCOUNTED:
            self._changes.wait_stated(feedback.wait, now)
        # What was asked before a reset, or of another executor, says nothing of now.
        if feedback.lasting and settle.permit.generation == state.breaker.gate.generation:
            state.breaker.park(now, state.max_parking)
            self._changes.unknown(now)

    def _learn(self, feedback: ProviderFeedback, permit: CallPermit, now: float) -> None:
        state, usage = self._state, feedback.usage
        if usage is not None:
            state.metrics.count_usage(usage, cost_of(usage, permit.prices))
        if feedback.rate_limits:
            stated = state.limiter.learn(feedback.rate_limits, now, time.time())
            self._changes.wait_stated(stated, now)
        state.limiter.charge(tokens=feedback.tokens)

    def _retry_delay(self, settle: Settle, now: float) -> float | None:
        """Seconds before the next attempt at this model; None: no more here."""
        state, error, permit = self._state, settle.error, settle.permit
        if error is None or settle.outcome is Outcome.CANCELLED:
            return None
        if isinstance(error, ModelCrashedError):
            return None
        fault = settle.fault
        if fault is not Fault.RATE_LIMITED and not state.breaker.admits(now):
            return None
        return state.retry.next_delay(
            permit.number,
            error,
            now,
            settle.deadline,
            state.draw,
            previous=settle.previous_delay,
            expected=state.metrics.average_latency() or 0.0,
            fault=fault,
            retry_after=None if settle.wait is None else min(settle.wait, state.max_parking),
        )

    def _count(self, settle: Settle, now: float) -> None:
        state, permit, error = self._state, settle.permit, settle.error
        if error is None or settle.outcome is Outcome.CANCELLED:
            fault: Fault | None = Fault.CANCELLED
            permit.ignore(now)
        else:
            fault = settle.fault
            if not permit.failure(now, error, settle.duration, fault, settle.wait):
                state.metrics.count_stale()
            self._hear(settle, now)
            if fault not in UNCOUNTED and fault is not Fault.RATE_LIMITED:
                state.health.traffic_failed(now)
                state.account_refused = fault is Fault.UNAUTHORIZED
        state.metrics.record(
            now, settle.outcome, settle.duration, permit.number, fault, permit.strategy
        )
        if settle.lingering or settle.abandoned:
            state.metrics.count_abandoned()
            self._readiness.tell_abandoned(permit.model_id, holds_place=settle.lingering)
