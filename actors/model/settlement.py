"""What follows from the end of an attempt: counts, breaker, budget, and whether to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import CallAbandoned
from ..fleet_messages import QuotaParked
from ..messages import ProviderFeedback, Settle, Verdict
from ..permit import CallPermit
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.classify import retry_after_of
from ..policies.outcomes.errors import ModelCrashedError
from ..policies.outcomes.fault import Fault
from .state import ModelState, Surroundings

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from .admission import Admission
    from .alerts import ModelAlerts
    from .health_loop import HealthLoop
    from .readiness import Readiness

_SUCCESS = Outcome.SUCCESS
_DONE = Verdict(None, False)


class PermitSettledTwiceError(RuntimeError):
    """A permit was settled a second time: a defect of the runtime."""


class Settlement:
    """Settles the permits of one model, each once, and sees to all that follows."""

    __slots__ = (
        *("_admission", "_readiness", "_health", "_retired", "_router"),
        *("_state", "_surroundings", "_model_alerts"),
    )

    def __init__(
        self,
        state: ModelState,
        router: AnyRef,
        surroundings: Surroundings,
        admission: Admission,
        announcer: Readiness,
        health: HealthLoop,
        vitals: ModelAlerts,
    ) -> None:
        self._state = state
        self._router = router
        self._surroundings = surroundings
        self._admission = admission
        self._readiness = announcer
        self._health = health
        self._model_alerts = vitals
        self._retired = False

    def retire(self) -> None:
        """The actor has stopped: from now on only count, and tell nobody."""
        self._retired = True

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
        state.metrics.succeeded(now, duration, permit.number, permit.strategy)
        state.budget.deposited += 1
        health = state.health
        health.last_success_at = now
        if health.failed_probes:
            health.traffic_succeeded(now)
        if settle.feedback is not None:
            self._learn(settle.feedback, now)
        self._admission.leave(permit, now)
        looks_ill = duration >= state.signs.slow_from
        if looks_ill or health.events or not (state.announced and state.breaker.gate.quiet):
            self._notice(now, looks_ill=looks_ill)
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
        opened = self._notice(now, looks_ill=True)
        if self._state.draining:
            self._admission.tell_drained()
        self._share_parking(settle)
        return Verdict(self._retry_delay(settle, now), opened)

    def _learn(self, feedback: ProviderFeedback, now: float) -> None:
        state = self._state
        state.limiter.learn(feedback.rate_limits, now)
        state.limiter.charge(tokens=feedback.tokens)
        if feedback.stream is not None:
            state.metrics.record_stream(feedback.stream)

    def _notice(self, now: float, *, looks_ill: bool) -> bool:
        """Tell what has changed by it; whether the breaker opened."""
        if self._retired:
            return False
        if looks_ill and not self._state.signs.failing:  # then its clock looks, at its own pace
            self._model_alerts.look(now)
        moved, opened = self._readiness.notice(now)
        if moved:
            self._health.schedule(now)
        return opened

    def _share_parking(self, settle: Settle) -> None:
        quota = self._state.config.rate_limit.shared_quota
        if quota is None or settle.error is None:
            return
        if settle.fault is not Fault.RATE_LIMITED:
            return
        wait = retry_after_of(settle.error)
        if wait:
            self._router.send(QuotaParked(self._state.config.id, quota, wait))

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
            fault=fault,
        )
        if delay is None or not state.budget.withdraw():
            return None
        return delay

    def _count(self, settle: Settle, now: float) -> None:
        state, permit, error = self._state, settle.permit, settle.error
        if error is None or settle.outcome is Outcome.CANCELLED:
            fault: Fault | None = Fault.CANCELLED
            permit.ignore(now)
        else:
            fault = settle.fault
            if not permit.failure(now, error, settle.duration, fault):
                state.metrics.count_stale()
        state.metrics.record(
            now, settle.outcome, settle.duration, permit.number, fault, permit.strategy
        )
        if settle.lingering or settle.abandoned:
            state.metrics.count_abandoned()
            self._surroundings.publish(
                CallAbandoned, model_id=permit.model_id, holds_place=settle.lingering
            )
