"""Attempts at one model after the other: each gets a permit, is settled once, and is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..config.runtime import Strategy
from .bounded import NOT_STARTED, Bounded, LimitReached, ended_from_outside, strange
from .call_permit import CallPermit
from .executor import ExecutionContext, Executor
from .future import LoopFuture
from .mailbox import Life
from .messages import (
    Acquire,
    Attempted,
    Candidate,
    Choice,
    Next,
    Refused,
    Settle,
    SpendRetry,
    StopWaiting,
    Verdict,
)
from .outcomes import (
    as_error,
    crashed,
    ends_the_task,
    lingers,
    no_answer,
    told_by,
    too_late,
)
from .paths import Paths
from .policies.attempt import AttemptRecord, Outcome
from .policies.classify import classify
from .policies.errors import ModelTimeoutError
from .policies.fault import Fault
from .task import Plan, Task

T = TypeVar("T")

_SUCCESS, _FAILURE, _TIMEOUT = Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT
_NO_RETRY = Verdict(None, False)
TEACHES = frozenset({Strategy.WEIGHTED, Strategy.PARALLEL})
"""Strategies whose attempts the router hears of: the one learns weights, the other hedge delays."""


class Attempts:
    """One task's attempts, and what they have come to so far."""

    # What most tasks never set stands on the class: an instance then costs a third less.
    strategy = Strategy.SEQUENTIAL
    primary: str | None = None
    tried: tuple[str, ...] = ()
    model_used: str | None = None
    value: Any = None
    error: BaseException | None = None
    degraded = False
    opened = False
    over = False
    insisted = False
    """Whether one model was asked past its open breaker."""

    def __init__(
        self,
        task: Task,
        plan: Plan | None,
        paths: Paths,
        outer_deadline: float | None,
        executor: Executor | None,
    ) -> None:
        self.task = task
        self.plan = plan
        self.paths = paths
        self.executor = executor
        self.now: Callable[[], float] = paths.engine.now
        self.started = self.now()
        deadline = self.started + paths.timeout_of(task, plan)
        if outer_deadline is not None and outer_deadline < deadline:
            deadline = outer_deadline
        self.deadline = deadline
        self.attempts: list[AttemptRecord] = []

    async def serve(self, candidate: Candidate, *, forced: bool = False) -> None:
        """Attempts at one model, until it answers or its retries end."""
        number, delay = 1, 0.0
        while True:
            permit = self._acquire(candidate, number, forced)
            if not isinstance(permit, CallPermit):
                if isinstance(permit, LoopFuture):
                    permit = await self._wait_for_permit(candidate, permit)
                if isinstance(permit, Refused):
                    asked = self.paths.engine.instant
                    self._record(candidate.model_id, 0, Outcome.REJECTED, asked, 0.0, permit.error)
                    return
            verdict = await self._attempt(candidate, permit, delay)
            if verdict is None or verdict.delay is None or self.over:
                return
            delay = verdict.delay
            if not self.may_retry() or not await self.pause(delay):
                return
            number += 1

    def _acquire(self, candidate: Candidate, number: int, forced: bool) -> Any:
        try:
            return candidate.ref.call(
                Acquire(self.task, number, self.deadline, self.strategy, forced)
            )
        except Exception as error:  # the model's actor crashed on it
            return Refused(crashed(candidate.model_id, error))

    async def _wait_for_permit(self, candidate: Candidate, waiter: LoopFuture[Any]) -> Any:
        if candidate.ref.mailbox.life is Life.SUSPENDED:  # nobody waits for its restart
            candidate.ref.send(StopWaiting(waiter))
            return Refused(crashed(candidate.model_id, None))
        try:
            return await self.bounded(waiter.arrived(), self.deadline)
        except LimitReached as reached:
            candidate.ref.send(StopWaiting(waiter))
            self.end_early(reached)
            return Refused(reached.reason or self.too_late(candidate.model_id))
        except Exception as error:
            return Refused(crashed(candidate.model_id, error))
        except BaseException:
            candidate.ref.send(StopWaiting(waiter))
            raise

    async def _attempt(
        self, candidate: Candidate, permit: CallPermit, delay: float
    ) -> Verdict | None:
        started = self.paths.engine.instant
        until = min(started + permit.timeout, self.deadline)
        executor = self.executor or permit.executor
        context = None
        if executor.needs_context:
            context = ExecutionContext(permit.model_id, permit.number, until, self.now)
        abandoned = False
        try:
            call = executor.begin(self.task, context)
            try:
                waits_for = call.send(None)
            except StopIteration as stop:  # it answered without waiting for anything
                value = stop.value
            except GeneratorExit as exit_:
                raise strange(exit_) from exit_
            else:
                permit.call = self.bounded(call, until, waits_for)
                value = await permit.call
        except LimitReached as reached:
            error: BaseException = reached.reason or self._timed_out(permit, started)
            outcome = _FAILURE if reached.reason else _TIMEOUT
            abandoned = reached.abandoned
        except BaseException as raised:
            if ended_from_outside(raised):
                still = lingers(candidate, permit, context)
                self._settle_cancelled(candidate, permit, started, raised, still)
                raise
            error = as_error(raised, permit.model_id)
            outcome = _TIMEOUT if classify(error) is Fault.TIMEOUT else _FAILURE
        else:
            self._succeed(candidate, permit, value, started)
            return None
        lingering = lingers(candidate, permit, context)
        return self._fail(candidate, permit, outcome, error, started, lingering, abandoned, delay)

    # How an attempt ended.

    def _succeed(
        self, candidate: Candidate, permit: CallPermit, value: Any, started: float
    ) -> None:
        duration = self.now() - started
        model_id = permit.model_id
        candidate.ref.send(Settle(permit, _SUCCESS, duration, told_by(value)))
        self._record(model_id, permit.number, _SUCCESS, started, duration)
        self.value = value
        self.model_used = model_id
        self.over = True
        if permit.degraded:
            self.degraded = True
        if self.strategy in TEACHES:
            self.paths.router.send(Attempted(model_id, True, duration))

    def _fail(
        self,
        candidate: Candidate,
        permit: CallPermit,
        outcome: Outcome,
        error: BaseException,
        started: float,
        lingering: bool,
        abandoned: bool,
        delay: float,
    ) -> Verdict:
        duration = self.now() - started
        self._record(permit.model_id, permit.number, outcome, started, duration, error)
        self.error = error
        settle = Settle(
            permit=permit,
            outcome=outcome,
            duration=duration,
            error=error,
            deadline=self.deadline,
            alternatives=outcome is _TIMEOUT and self._has_alternatives(),
            lingering=lingering,
            abandoned=abandoned,
            previous_delay=delay,
        )
        verdict = self._settle(candidate, settle)
        self.opened = self.opened or verdict.opened
        if self.strategy in TEACHES:
            self.paths.router.send(Attempted(permit.model_id, False, duration))
        self.over = self.over or ends_the_task(error, self.plan)
        return verdict

    def _settle(self, candidate: Candidate, settle: Settle) -> Verdict:
        try:
            found = candidate.ref.call(settle)
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

    def _record(
        self,
        model_id: str,
        number: int,
        outcome: Outcome,
        started: float,
        duration: float,
        error: BaseException | None = None,
    ) -> None:
        began = started - self.started
        self.attempts.append(AttemptRecord(model_id, number, outcome, began, duration, error))

    def may_retry(self) -> bool:
        """Whether the pool of all models has a retry left."""
        try:
            return self.paths.router.call(SpendRetry()) is True
        except Exception:  # the router crashed on it
            return False

    def _has_alternatives(self) -> bool:
        """Whether another model is free for this task."""
        try:
            found = self.paths.router.call(Next(self.plan, self.strategy, self.tried))
        except Exception:  # the router crashed on it
            return False
        return isinstance(found, Choice) and found.candidate is not None

    # Time.

    async def pause(self, delay: float) -> bool:
        """Wait; False where the deadline or the runtime's end comes first."""
        try:
            await self.bounded(asyncio.sleep(delay), self.deadline)
        except LimitReached as reached:
            self.end_early(reached)
            return False
        return True

    def end_early(self, reached: LimitReached) -> None:
        """Neither this model nor another one any more: the deadline, or the runtime's end."""
        self.error = reached.reason or self.error
        self.over = True

    def bounded(
        self, call: Coroutine[Any, Any, T], until: float, waits_for: Any = NOT_STARTED
    ) -> Bounded[T]:
        paths = self.paths
        return Bounded(call, until, paths.grace, paths.waiting, waits_for, self.task.id)

    def _timed_out(self, permit: CallPermit, started: float) -> ModelTimeoutError:
        if self.deadline < started + permit.timeout:
            return self.too_late(permit.model_id)
        return no_answer(permit)

    def too_late(self, model_id: str | None = None) -> ModelTimeoutError:
        return too_late(self.deadline - self.started, model_id)
