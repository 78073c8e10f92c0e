"""One task under way: whom it has tried, what became of it, and the result in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..config.errors import ResilienceError
from ..config.runtime import Strategy, WhenAllOut
from .bounded import NOT_STARTED, Bounded, LimitReached, ended_from_outside
from .call_permit import CallPermit
from .executor import ExecutionContext, Executor
from .future import LoopFuture
from .messages import (
    Acquire,
    Attempted,
    Candidate,
    Choice,
    LastResort,
    Next,
    Refused,
    Route,
    Settle,
    SpendRetry,
    StopWaiting,
    Verdict,
)
from .outcomes import as_error, crashed, ends_the_task, final_error, lingers, too_late
from .paths import Paths
from .policies.attempt import AttemptRecord, Outcome
from .policies.classify import classify
from .policies.errors import ModelTimeoutError, RuntimeClosedError
from .policies.fault import Fault
from .result import TaskResult
from .task import Plan, Task

T = TypeVar("T")

_SUCCESS, _FAILURE, _TIMEOUT = Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT
_NO_RETRY = Verdict(None, False)
_SHORTEST_WAIT, _LONGEST_WAIT = 0.05, 1.0
"""Between two looks for a model that has come back, in seconds."""


class Journey:
    """Carries one task from model to model; every attempt is settled and recorded."""

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
        deadline = self.started + _timeout(task, plan, paths)
        if outer_deadline is not None and outer_deadline < deadline:
            deadline = outer_deadline
        self.deadline = deadline
        self.attempts: list[AttemptRecord] = []

    # Whom to try.

    def follow(self, route: Route) -> None:
        """Take up what the router said."""
        self.strategy = route.strategy
        self.primary = route.primary
        if route.passed:
            self.attempts.extend(route.passed)

    async def wait_for_route(self, found: LoopFuture[Any]) -> Route:
        """The task waits for its turn. Raises `ModelTimeoutError` when it does not come in time."""
        try:
            route: Route = await self._bounded(_await(found), self.deadline)
        except LimitReached as reached:
            self.paths.router.send(StopWaiting(found))
            raise _refusal(reached) or self._too_late() from None
        except BaseException:
            self.paths.router.send(StopWaiting(found))
            raise
        return route

    async def ask_again(self, message: Any, error: Exception) -> Any:
        """Ask the router's successor; a `ResilienceError` as the answer if that fails too."""
        try:
            found = self.paths.router.call(message)
            if isinstance(found, LoopFuture):
                found = await self._bounded(_await(found), self.deadline)
        except LimitReached as reached:
            return _refusal(reached) or self._too_late()
        except ResilienceError as refusal:
            return refusal
        except Exception as second:
            failed = RuntimeClosedError("the router does not answer; the task was given up")
            failed.__cause__ = second
            return failed
        return found

    async def go(self, candidate: Candidate | None) -> None:
        """One model after the other until one answers, none is left or the time is up."""
        while True:
            while candidate is not None:
                self.tried = (*self.tried, candidate.model_id)
                await self.serve(candidate)
                if self.over:
                    return
                candidate = await self.next()
            candidate = await self._when_all_out()
            if candidate is None:
                return

    async def next(self) -> Candidate | None:
        """Whom to try now, after a failure; None when it is over."""
        if self.now() >= self.deadline:
            self.over = True
            return None
        message = Next(self.plan, self.strategy, self.tried)
        try:
            found = self.paths.router.call(message)
        except Exception as error:  # the router crashed on it
            found = error
        if not isinstance(found, Choice):
            found = await self._later(message, found)
        if found.passed:
            self.attempts.extend(found.passed)
        candidate: Candidate | None = found.candidate
        return candidate

    async def _later(self, message: Any, found: Any) -> Choice:
        if isinstance(found, LoopFuture):
            try:
                choice: Choice = await self._bounded(_await(found), self.deadline)
                return choice
            except LimitReached:
                return Choice(None, ())
            except Exception as error:
                found = error
        again = await self.ask_again(message, found)
        if isinstance(again, ResilienceError):
            self.error = again
            self.over = True
            return Choice(None, ())
        answer: Choice = again
        return answer

    async def _when_all_out(self) -> Candidate | None:
        """Nobody can serve: give up, wait for the first that comes back, or insist on one."""
        rule = self.paths.when_all_out
        if self.over or rule is WhenAllOut.FAIL:
            return None
        if rule is WhenAllOut.TRY:
            candidate: Candidate | None = self.paths.router.call(LastResort(self.plan, self.tried))
            if candidate is not None:
                await self.serve(candidate, forced=True)
                self.over = True
            return None
        if not await self._pause(self._shortest_wait()):
            return None
        # Who was only passed over may be asked again; a model that failed the task may not.
        self.tried = tuple(r.model_id for r in self.attempts if r.number)
        self.attempts = [record for record in self.attempts if record.number]
        return await self.next()

    def _shortest_wait(self) -> float:
        waits = [getattr(record.error, "retry_after", None) for record in self.attempts]
        shortest = min((w for w in waits if w is not None), default=_LONGEST_WAIT)
        return min(max(shortest, _SHORTEST_WAIT), _LONGEST_WAIT)

    # One model.

    async def serve(self, candidate: Candidate, *, forced: bool = False) -> None:
        """Attempts at one model, until it answers or its retries end."""
        number, delay = 1, 0.0
        while True:
            permit = self._acquire(candidate, number, forced)
            if not isinstance(permit, CallPermit):
                if isinstance(permit, LoopFuture):
                    permit = await self._wait_for_permit(candidate, permit)
                if isinstance(permit, Refused):
                    self._pass_over(candidate, permit.error)
                    return
            verdict = await self._attempt(candidate, permit, delay)
            if verdict is None or verdict.delay is None or self.over:
                return
            delay = verdict.delay
            if not self._may_retry() or not await self._pause(delay):
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
        try:
            return await self._bounded(_await(waiter), self.deadline)
        except LimitReached as reached:
            candidate.ref.send(StopWaiting(waiter))
            return Refused(_refusal(reached) or self._too_late(candidate.model_id))
        except Exception as error:
            return Refused(crashed(candidate.model_id, error))
        except BaseException:
            candidate.ref.send(StopWaiting(waiter))
            raise

    def _pass_over(self, candidate: Candidate, error: ResilienceError) -> None:
        asked = self.paths.engine.instant - self.started
        record = AttemptRecord(candidate.model_id, 0, Outcome.REJECTED, asked, 0.0, error)
        self.attempts.append(record)

    async def _attempt(
        self, candidate: Candidate, permit: CallPermit, delay: float
    ) -> Verdict | None:
        started = self.paths.engine.instant
        until = min(started + permit.timeout, self.deadline)
        executor = self.executor or permit.executor
        context = None
        if executor.needs_context:
            context = ExecutionContext(permit.model_id, permit.number, until, self.now)
        lingering = False
        try:
            call = executor.begin(self.task, context)
            try:
                waits_for = call.send(None)
            except StopIteration as stop:  # it answered without waiting for anything
                value = stop.value
            else:
                value = await self._bounded(call, until, waits_for)
        except LimitReached as reached:
            error: BaseException = reached.reason or self._timed_out(permit, until - started)
            outcome = _FAILURE if reached.reason else _TIMEOUT
            lingering = reached.abandoned
            self.over = reached.reason is not None
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
        lingering = lingers(candidate, permit, context) or lingering
        return self._fail(candidate, permit, outcome, error, started, lingering, delay)

    # How an attempt ended.

    def _succeed(
        self, candidate: Candidate, permit: CallPermit, value: Any, started: float
    ) -> None:
        duration = self.now() - started
        model_id = permit.model_id
        told = getattr(value, "rate_limits", None)
        candidate.ref.send(Settle(permit, _SUCCESS, duration, told))
        began = started - self.started
        self.attempts.append(AttemptRecord(model_id, permit.number, _SUCCESS, began, duration))
        self.value = value
        self.model_used = model_id
        self.over = True
        if permit.degraded:
            self.degraded = True
        if self.strategy is Strategy.WEIGHTED or self.strategy is Strategy.PARALLEL:
            self.paths.router.send(Attempted(model_id, True, duration))

    def _fail(
        self,
        candidate: Candidate,
        permit: CallPermit,
        outcome: Outcome,
        error: BaseException,
        started: float,
        lingering: bool,
        delay: float,
    ) -> Verdict:
        duration = self.now() - started
        self._record(permit, outcome, started, duration, error)
        self.error = error
        settle = Settle(
            permit=permit,
            outcome=outcome,
            duration=duration,
            error=error,
            deadline=self.deadline,
            alternatives=self._has_alternatives(),
            lingering=lingering,
            previous_delay=delay,
        )
        verdict = self._settle(candidate, settle)
        self.opened = self.opened or verdict.opened
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
        self._record(permit, Outcome.CANCELLED, started, duration, error)
        settle = Settle(permit, Outcome.CANCELLED, duration, None, error, lingering=lingering)
        candidate.ref.send(settle)

    def _record(
        self,
        permit: CallPermit,
        outcome: Outcome,
        started: float,
        duration: float,
        error: BaseException,
    ) -> None:
        began = started - self.started
        self.attempts.append(
            AttemptRecord(permit.model_id, permit.number, outcome, began, duration, error)
        )

    def _may_retry(self) -> bool:
        """Whether the pool of all models has a retry left."""
        try:
            return self.paths.router.call(SpendRetry()) is True
        except Exception:  # the router crashed on it
            return False

    def _has_alternatives(self) -> bool:
        plan = self.plan
        return plan is None or len(self.tried) < len(plan.model_ids)

    # Time.

    async def _pause(self, delay: float) -> bool:
        """Wait; False where the deadline or the runtime's end comes first."""
        try:
            await self._bounded(asyncio.sleep(delay), self.deadline)
        except LimitReached as reached:
            self.error = reached.reason or self.error
            self.over = True
            return False
        return True

    def _bounded(
        self, call: Coroutine[Any, Any, T], until: float, waits_for: Any = NOT_STARTED
    ) -> Bounded[T]:
        return Bounded(call, until, self.paths.grace, self.paths.waiting, waits_for)

    def _timed_out(self, permit: CallPermit, limit: float) -> ModelTimeoutError:
        if limit < permit.timeout:
            return self._too_late(permit.model_id)
        return ModelTimeoutError(
            f"{permit.model_id} did not answer within {limit:.3g} s",
            kind="attempt",
            limit=limit,
            model_id=permit.model_id,
        )

    def _too_late(self, model_id: str | None = None) -> ModelTimeoutError:
        return too_late(self.deadline - self.started, model_id)

    # Beside each other.

    def branch(self) -> Journey:
        """A journey beside this one, for a model that is tried at the same time."""
        branch = Journey(self.task, self.plan, self.paths, self.deadline, self.executor)
        branch.started = self.started
        branch.deadline = self.deadline
        branch.strategy = self.strategy
        branch.tried = self.tried
        return branch

    def merge(self, branch: Journey, *, late: bool = False) -> None:
        """Take over what a branch has found; a `late` one cannot win any more."""
        self.attempts.extend(branch.attempts)
        self.opened = self.opened or branch.opened
        if late or self.model_used is not None:
            return
        self.error = branch.error or self.error
        self.value = branch.value
        self.model_used = branch.model_used
        self.degraded = branch.degraded
        self.over = self.over or branch.over

    # The result.

    def result(self) -> TaskResult:
        """What became of it."""
        model_used = self.model_used
        attempts = tuple(self.attempts)
        error = None
        retries, triggered = 0, False
        if model_used is None:
            late = self.now() >= self.deadline
            limit = self.deadline - self.started
            error = final_error(self.error, attempts, self.plan, limit if late else None)
        if len(attempts) > 1 or error is not None:
            retries = sum(record.number > 1 for record in attempts)
            triggered = self.opened or any(
                getattr(record.error, "code", None) == "circuit_open" for record in attempts
            )
        return TaskResult(
            self.task.id,
            error is None,
            self.value,
            model_used,
            (self.paths.engine.instant if error is None else self.now()) - self.started,
            self.strategy,
            model_used is not None and model_used != self.primary,
            retries,
            triggered,
            error,
            attempts,
            self.degraded,
            self.task.metadata,
        )

    def refused(self, error: ResilienceError, strategy: Strategy | None) -> TaskResult:
        """The result of a task that was not dispatched at all."""
        self.error = error
        if strategy is not None:
            self.strategy = strategy
        return self.result()


async def _await(waiter: LoopFuture[Any]) -> Any:
    return await waiter


def _refusal(reached: LimitReached) -> ResilienceError | None:
    return reached.reason if isinstance(reached.reason, ResilienceError) else None


def _timeout(task: Task, plan: Plan | None, paths: Paths) -> float:
    if task.timeout is not None:
        return task.timeout
    if plan is not None and plan.timeout is not None:
        return plan.timeout
    return paths.task_timeout
