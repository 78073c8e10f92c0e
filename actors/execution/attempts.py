"""Attempts at one model after the other: each gets a permit, is settled once, and is recorded."""

from __future__ import annotations

from typing import Any

from ...config.settings.runtime import Strategy
from ..calls.bounded_call import LimitReached, ended_from_outside
from ..engine.future import LoopFuture
from ..executor import ExecutionContext
from ..messages import (
    Acquire,
    AttemptReported,
    Candidate,
    Choice,
    Next,
    Refused,
    Settle,
    SpendRetry,
    StopWaiting,
    Verdict,
)
from ..permit import CallPermit
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.classify import classify
from ..policies.outcomes.errors import crashed
from ..policies.outcomes.fault import Fault
from .errors import as_error, ends_the_task, lingers
from .provider_feedback import feedback_of
from .task_run import TaskRun

_SUCCESS, _FAILURE, _TIMEOUT = Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT
_NO_RETRY = Verdict(None, False)
TEACHES = frozenset({Strategy.WEIGHTED, Strategy.PARALLEL})
"""Strategies whose attempts the router hears of: the one learns weights, the other hedge delays."""


class Attempts(TaskRun):
    """One task's attempts at a model."""

    asks_by: type[Acquire] = Acquire

    async def serve(
        self, candidate: Candidate, begun: object = None, *, forced: bool = False
    ) -> None:
        """Attempts at one model, until it answers or its retries end.

        `begun` is what has come of the first one: what the model's actor said instead of giving a
        permit, or the verdict on a call that has failed.
        """
        number = 1
        verdict: Any = begun
        if type(begun) is not Verdict:
            verdict = await self._attempt(candidate, 1, 0.0, forced, begun)
        while verdict is not None and verdict.delay is not None and not self.over:
            if not self.may_retry() or not await self.pause(verdict.delay):
                return
            number += 1
            verdict = await self._attempt(candidate, number, verdict.delay, forced)

    async def _attempt(
        self, candidate: Candidate, number: int, delay: float, forced: bool, found: Any = None
    ) -> Verdict | None:
        """One attempt after `delay`; None where it has answered, or was not allowed."""
        permit = await self._permit(candidate, found or self._acquire(candidate, number, forced))
        if permit is None:
            return None
        began = self.engine.instant
        until = min(began + permit.timeout, self.deadline)
        executor = self.executor or permit.executor
        context = None
        if executor.needs_context:
            context = ExecutionContext(permit.model_id, permit.number, until, self.now)
        try:
            permit.call = self.bounded(executor.begin(self.task, context), until)
            value = await permit.call
        except BaseException as raised:
            return self.failed(candidate, permit, began, context, raised, delay)
        self._succeed(candidate, permit, value, began)
        return None

    def _acquire(self, candidate: Candidate, number: int, forced: bool) -> Any:
        message = self.asks_by(self.task, number, self.deadline, self.strategy, forced)
        try:
            return self.engine.ask_now(candidate.ref.address, message, self.now())
        except Exception as error:  # the model's actor crashed on it
            return error

    async def _permit(self, candidate: Candidate, found: Any) -> CallPermit | None:
        """What the model's actor has said, once it is a permit; None: it is not, and recorded."""
        if isinstance(found, LoopFuture):
            found = await self._wait_for_permit(candidate, found)
        if isinstance(found, Exception):
            found = Refused(crashed(candidate.model_id, found))
        if isinstance(found, Refused):
            asked = self.engine.instant
            self._record(candidate.model_id, 0, Outcome.REJECTED, asked, 0.0, found.error)
            return None
        permit: CallPermit = found
        return permit

    async def _wait_for_permit(self, candidate: Candidate, waiter: LoopFuture[Any]) -> Any:
        if candidate.ref.is_suspended():  # nobody waits for its restart
            candidate.ref.send(StopWaiting(waiter))
            return Refused(crashed(candidate.model_id, None))
        try:
            return await self.bounded(waiter.arrived(), self.deadline)
        except LimitReached as reached:
            candidate.ref.send(StopWaiting(waiter))
            self.end_early(reached)
            return Refused(reached.reason or self.too_late(candidate.model_id))
        except Exception as error:
            return error
        except BaseException:
            candidate.ref.send(StopWaiting(waiter))
            raise

    # How an attempt ended.

    def _succeed(self, candidate: Candidate, permit: CallPermit, value: Any, began: float) -> None:
        now = self.now()
        duration = now - began
        settle = Settle(permit, _SUCCESS, duration, feedback_of(value))
        self.engine.tell_now(candidate.ref.address, settle, now)
        self._record(permit.model_id, permit.number, _SUCCESS, began, duration)
        self.value = value
        self.model_used = permit.model_id
        self.over = True
        self.degraded = permit.degraded
        if self.strategy in TEACHES:
            self.paths.router.send(AttemptReported(permit.model_id, True, duration))

    def failed(
        self,
        candidate: Candidate,
        permit: CallPermit,
        began: float,
        context: ExecutionContext | None,
        raised: BaseException,
        delay: float = 0.0,
    ) -> Verdict:
        """Settle a call that has `raised`; raises it again where the whole task ends with it."""
        abandoned = revoked = False
        if isinstance(raised, LimitReached):
            error: BaseException = raised.reason or self._timed_out(permit, began)
            abandoned, revoked = raised.abandoned, raised.reason is not None
        elif ended_from_outside(raised):
            still = lingers(candidate, permit, context)
            self._settle_cancelled(candidate, permit, began, raised, still)
            raise raised
        else:
            error = as_error(raised, permit.model_id)
        fault = classify(error)
        timed_out = fault is Fault.TIMEOUT and not revoked
        settle = Settle(
            permit=permit,
            outcome=_TIMEOUT if timed_out else _FAILURE,
            duration=self.now() - began,
            error=error,
            deadline=self.deadline,
            alternatives=timed_out and self._has_alternatives(permit.model_id),
            lingering=lingers(candidate, permit, context),
            abandoned=abandoned,
            previous_delay=delay,
            fault=fault,
        )
        return self._fail(candidate, settle, error, began)

    def _fail(
        self, candidate: Candidate, settle: Settle, error: BaseException, began: float
    ) -> Verdict:
        permit = settle.permit
        self._record(permit.model_id, permit.number, settle.outcome, began, settle.duration, error)
        self.error = error
        verdict = self._settle(candidate, settle)
        self.opened = self.opened or verdict.opened
        if self.strategy in TEACHES:
            self.paths.router.send(AttemptReported(permit.model_id, False, settle.duration))
        self.over = self.over or ends_the_task(error, self.plan, settle.fault)
        return verdict

    def _settle(self, candidate: Candidate, settle: Settle) -> Verdict:
        try:
            found = self.engine.ask_now(candidate.ref.address, settle, self.now())
        except Exception:  # the model's actor crashed on it; the permit is salvaged there
            return _NO_RETRY
        # Where the model's actor is down just now, the next model does not wait for it.
        return found if isinstance(found, Verdict) else _NO_RETRY

    def _settle_cancelled(
        self,
        candidate: Candidate,
        permit: CallPermit,
        started: float,
        error: BaseException,
        lingering: bool,
    ) -> None:
        duration = self.now() - started
        outcome = Outcome.CANCELLED
        self._record(permit.model_id, permit.number, outcome, started, duration, error)
        candidate.ref.send(Settle(permit, outcome, duration, None, error, lingering=lingering))

    def may_retry(self) -> bool:
        """Whether the pool of all models has a retry left."""
        try:
            return self.paths.router.call(SpendRetry()) is True
        except Exception:  # the router crashed on it
            return False

    def _has_alternatives(self, model_id: str) -> bool:
        """Whether another model is free for this task."""
        tried = (*self.tried, model_id)
        try:
            found = self.paths.router.call(Next(self.plan, self.strategy, tried))
        except Exception:  # the router crashed on it
            return False
        return isinstance(found, Choice) and found.candidate is not None
