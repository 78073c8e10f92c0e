"""The way of a task, from top to bottom: every task of the runtime goes through `execute`.

    Dispatch -> router      whom to try
    Acquire  -> model       a permit, or why not
    the call itself         here, in the caller's own task
    Settle   -> model       exactly once, whatever happened
    Next     -> router      whom to try after a failure

The order of protection is fixed:
task deadline ( strategy picks ( retry ( breaker ( bulkhead ( attempt timeout ( executor )))))).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from ..config.errors import ResilienceError
from ..config.runtime import Strategy
from .bounded import Bounded, LimitReached, ended_from_outside
from .executor import ExecutionContext, Executor
from .future import LoopFuture
from .messages import (
    Acquire,
    Attempted,
    Candidate,
    Choice,
    Dispatch,
    Finished,
    Next,
    Refused,
    Returned,
    Route,
    Settle,
    StopWaiting,
    Verdict,
)
from .policies.attempt import AttemptRecord, Outcome
from .policies.classify import classify
from .policies.errors import AllModelsFailedError, ModelTimeoutError, ModelUnavailableError
from .policies.fault import Fault
from .result import TaskResult
from .task import Plan, Task

if TYPE_CHECKING:
    from .call_permit import CallPermit
    from .engine import Engine
    from .reference import LoopRef

T = TypeVar("T")

_SUCCESS, _FAILURE, _TIMEOUT = Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT
_ENDS_THE_TASK = frozenset({Fault.REQUEST, Fault.CONTENT_REFUSED})
_NO_RETRY = Verdict(None, False)

task_deadline: ContextVar[float | None] = ContextVar("task_deadline", default=None)
"""The deadline of the task under way, on the loop's clock: what it calls gets no more time."""


class Paths:
    """What all tasks of a runtime share: where its router is, and its limits in seconds."""

    __slots__ = ("engine", "grace", "router", "task_timeout", "waiting")

    def __init__(
        self, engine: Engine, router: LoopRef[Any], *, task_timeout: float, grace: float
    ) -> None:
        self.engine = engine
        self.router = router
        self.task_timeout = task_timeout
        self.grace = grace
        self.waiting: set[Bounded[Any]] = set()
        """What tasks wait for just now; the runtime revokes it when it stops."""


async def execute(
    task: Task,
    plan: Plan | None,
    strategy: Strategy | None,
    paths: Paths,
    executor: Executor | None = None,
) -> TaskResult:
    """Take `task` its way. Raises only the caller's own cancellation.

    `executor` takes the place of the models' own.
    """
    journey = Journey(task, plan, paths)
    journey.executor = executor
    try:
        route = await _answer(paths.router.call(Dispatch(task, plan, strategy)))
    except ResilienceError as error:
        return journey.refused(error, strategy)
    answered = False
    token = task_deadline.set(journey.deadline)
    try:
        journey.follow(route)
        if route.strategy is Strategy.PARALLEL:
            from .parallel import race

            await race(journey, route)
        else:
            await journey.go(route.candidate)
        answered = journey.model_used is not None
        return journey.result()
    finally:
        task_deadline.reset(token)
        paths.router.send(Finished(answered))


async def _answer(found: Any) -> Any:
    return await found if isinstance(found, LoopFuture) else found


class Journey:
    """One task under way: its deadline, and what has become of it so far."""

    __slots__ = (
        "attempts",
        "deadline",
        "degraded",
        "error",
        "executor",
        "model_used",
        "now",
        "opened",
        "over",
        "paths",
        "plan",
        "primary",
        "started",
        "strategy",
        "task",
        "tried",
        "value",
    )

    def __init__(self, task: Task, plan: Plan | None, paths: Paths) -> None:
        self.task = task
        self.plan = plan
        self.paths = paths
        self.now: Callable[[], float] = paths.engine.now
        self.started = self.now()
        self.deadline = self.started + _timeout(task, plan, paths)
        outer = task_deadline.get()
        if outer is not None and outer < self.deadline:
            self.deadline = outer
        self.attempts: list[AttemptRecord] = []
        self.tried: tuple[str, ...] = ()
        self.strategy = Strategy.SEQUENTIAL
        self.primary: str | None = None
        self.model_used: str | None = None
        self.value: Any = None
        self.error: BaseException | None = None
        self.executor: Executor | None = None
        self.degraded = False
        self.opened = False
        self.over = False

    def follow(self, route: Route) -> None:
        """Take up what the router said."""
        self.strategy = route.strategy
        self.primary = route.primary
        if route.passed:
            self.attempts.extend(route.passed)

    def branch(self) -> Journey:
        """A journey beside this one, for a model that is tried at the same time."""
        branch = Journey(self.task, self.plan, self.paths)
        branch.started = self.started
        branch.deadline = self.deadline
        branch.strategy = self.strategy
        branch.tried = self.tried
        branch.executor = self.executor
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

    async def go(self, candidate: Candidate | None) -> None:
        """One model after the other until one answers, none is left or the time is up."""
        while candidate is not None:
            self.tried = (*self.tried, candidate.model_id)
            await self.serve(candidate)
            if self.over:
                return
            candidate = await self.next()

    async def next(self) -> Candidate | None:
        """Whom to try now, after a failure; None when it is over."""
        if self.now() >= self.deadline:
            self.over = True
            return None
        message = Next(self.plan, self.strategy, self.tried)
        choice: Choice = await _answer(self.paths.router.call(message))
        if choice.passed:
            self.attempts.extend(choice.passed)
        return choice.candidate

    async def serve(self, candidate: Candidate) -> None:
        """Attempts at one model, until it answers or its retries end."""
        number = 1
        while True:
            permit = await self._acquire(candidate, number)
            if permit is None:
                return
            verdict = await self._attempt(candidate, permit)
            if verdict is None or verdict.delay is None:
                return
            if not await self._back_off(verdict.delay):
                return
            number += 1

    async def _back_off(self, delay: float) -> bool:
        """Wait before the next attempt; False if the runtime stops in the meantime."""
        try:
            await self._bounded(asyncio.sleep(delay), self.deadline)
        except LimitReached as reached:
            self.error = reached.reason or self.error
            self.over = True
            return False
        return True

    def _bounded(self, call: Coroutine[Any, Any, T], until: float) -> Bounded[T]:
        return Bounded(call, until, self.paths.grace, self.paths.waiting)

    async def _acquire(self, candidate: Candidate, number: int) -> CallPermit | None:
        asked = self.now()
        message = Acquire(self.task, number, self.deadline, self.strategy)
        found = candidate.ref.call(message)
        if isinstance(found, LoopFuture):
            found = await self._wait_for_permit(candidate, found)
        if isinstance(found, Refused):
            self._pass_over(candidate, found.error, asked)
            return None
        permit: CallPermit = found
        return permit

    async def _wait_for_permit(self, candidate: Candidate, waiter: LoopFuture[Any]) -> Any:
        try:
            return await self._bounded(_await(waiter), self.deadline)
        except LimitReached as reached:
            candidate.ref.send(StopWaiting(waiter))
            limit = self.deadline - self.started
            return Refused(_refusal(reached.reason) or self._too_late(limit, candidate.model_id))
        except BaseException:
            candidate.ref.send(StopWaiting(waiter))
            raise

    def _pass_over(self, candidate: Candidate, error: ResilienceError, asked: float) -> None:
        record = AttemptRecord(
            candidate.model_id, 0, Outcome.REJECTED, asked - self.started, 0.0, error
        )
        self.attempts.append(record)

    async def _attempt(self, candidate: Candidate, permit: CallPermit) -> Verdict | None:
        started = self.now()
        until = min(started + permit.timeout, self.deadline)
        context = None
        executor = self.executor or permit.executor
        if executor.needs_context:
            context = ExecutionContext(permit.model_id, permit.number, until, self.now)
        try:
            call = executor.begin(self.task, context)
            value = await self._bounded(call, until)
        except LimitReached as reached:
            error: BaseException = reached.reason or self._timed_out(permit, until - started)
            outcome = _FAILURE if reached.reason else _TIMEOUT
            lingering = _lingers(candidate, permit, context, reached.abandoned)
        except BaseException as raised:
            lingering = _lingers(candidate, permit, context, False)
            if ended_from_outside(raised):
                duration = self.now() - started
                self._settle_cancelled(candidate, permit, started, duration, raised, lingering)
                raise
            error = _as_error(raised, permit.model_id)
            outcome = _TIMEOUT if classify(error) is Fault.TIMEOUT else _FAILURE
        else:
            self._succeed(candidate, permit, value, started)
            return None
        return await self._fail(candidate, permit, outcome, error, started, lingering)

    def _succeed(
        self, candidate: Candidate, permit: CallPermit, value: Any, started: float
    ) -> None:
        duration = self.now() - started
        model_id = permit.model_id
        candidate.ref.send(Settle(permit, _SUCCESS, duration))
        self.attempts.append(
            AttemptRecord(model_id, permit.number, _SUCCESS, started - self.started, duration)
        )
        self.value = value
        self.model_used = model_id
        self.degraded = permit.degraded
        self.over = True
        if self.strategy is Strategy.WEIGHTED:
            self.paths.router.send(Attempted(model_id, True, duration))

    async def _fail(
        self,
        candidate: Candidate,
        permit: CallPermit,
        outcome: Outcome,
        error: BaseException,
        started: float,
        lingering: bool,
    ) -> Verdict:
        duration = self.now() - started
        self.attempts.append(
            AttemptRecord(
                permit.model_id, permit.number, outcome, started - self.started, duration, error
            )
        )
        self.error = error
        settle = Settle(
            permit, outcome, duration, error, self.deadline, self._has_alternatives(), lingering
        )
        found = candidate.ref.call(settle)
        # Where the model's actor is down just now, the next model does not wait for it.
        verdict = _NO_RETRY if isinstance(found, LoopFuture) else found
        self.opened = self.opened or verdict.opened
        self.paths.router.send(Attempted(permit.model_id, False, duration))
        if self._ends_the_task(error):
            self.over = True
            return Verdict(None, verdict.opened)
        return verdict

    def _ends_the_task(self, error: BaseException) -> bool:
        fault = classify(error)
        if fault is Fault.CONTENT_REFUSED and self.plan is not None and self.plan.route_refusals:
            return False
        return fault in _ENDS_THE_TASK

    def _has_alternatives(self) -> bool:
        plan = self.plan
        return plan is None or len(self.tried) < len(plan.model_ids)

    def _settle_cancelled(
        self,
        candidate: Candidate,
        permit: CallPermit,
        started: float,
        duration: float,
        error: BaseException,
        lingering: bool,
    ) -> None:
        self.attempts.append(
            AttemptRecord(
                permit.model_id,
                permit.number,
                Outcome.CANCELLED,
                started - self.started,
                duration,
                error,
            )
        )
        candidate.ref.send(Settle(permit, Outcome.CANCELLED, duration, error, lingering=lingering))

    def _timed_out(self, permit: CallPermit, limit: float) -> ModelTimeoutError:
        if limit < permit.timeout:
            return self._too_late(self.deadline - self.started, permit.model_id)
        return ModelTimeoutError(
            f"{permit.model_id} did not answer within {limit:.3g} s",
            kind="attempt",
            limit=limit,
            model_id=permit.model_id,
        )

    def _too_late(self, limit: float, model_id: str | None = None) -> ModelTimeoutError:
        return ModelTimeoutError(
            f"the task's deadline of {limit:.3g} s passed",
            kind="task",
            limit=limit,
            model_id=model_id,
        )

    # The result.

    def result(self) -> TaskResult:
        """What became of it."""
        model_used = self.model_used
        attempts = tuple(self.attempts)
        error = None if model_used is not None else self._final_error(attempts)
        if len(attempts) == 1 and model_used is not None:
            retries, triggered = 0, False
        else:
            numbers = [record.number for record in attempts]
            retries = sum(number > 1 for number in numbers)
            triggered = self.opened or any(
                getattr(record.error, "code", None) == "circuit_open" for record in attempts
            )
        return TaskResult(
            self.task.id,
            model_used is not None,
            self.value,
            model_used,
            self.now() - self.started,
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
        self.strategy = strategy or self.strategy
        self.over = True
        return self.result()

    def _final_error(self, attempts: tuple[AttemptRecord, ...]) -> BaseException:
        if self.error is not None and (not attempts or self._ends_the_task(self.error)):
            return self.error
        if self.now() >= self.deadline:
            late = self._too_late(self.deadline - self.started)
            late.__cause__ = self.error
            return late
        if len(attempts) == 1 and attempts[0].number == 1 and self.error is not None:
            return self.error
        return _all_failed(attempts)


def _refusal(reason: Exception | None) -> ResilienceError | None:
    return reason if isinstance(reason, ResilienceError) else None


async def _await(waiter: LoopFuture[Any]) -> Any:
    return await waiter


def _timeout(task: Task, plan: Plan | None, paths: Paths) -> float:
    if task.timeout is not None:
        return task.timeout
    if plan is not None and plan.timeout is not None:
        return plan.timeout
    return paths.task_timeout


def _as_error(raised: BaseException, model_id: str) -> Exception:
    if isinstance(raised, Exception):
        return raised
    error = ModelUnavailableError(
        f"the executor of {model_id} raised {type(raised).__name__}, which is not an Exception",
        model_id=model_id,
    )
    error.__cause__ = raised
    return error


def _lingers(
    candidate: Candidate,
    permit: CallPermit,
    context: ExecutionContext | None,
    abandoned: bool,
) -> bool:
    """Whether a thread goes on with the call; it gives the place back when it ends."""
    if context is None:
        return abandoned
    context.cancelled = True
    work = context.lingering
    if work is None or work.done():
        return False
    work.add_done_callback(lambda _: candidate.ref.send(Returned(permit)))
    return True


def _all_failed(attempts: tuple[AttemptRecord, ...]) -> AllModelsFailedError:
    if not attempts:
        return AllModelsFailedError("no model answered: the fleet has no models")
    told = "; ".join(f"{record.model_id}: {_told(record.error)}" for record in attempts)
    waits = [
        wait
        for record in attempts
        if (wait := getattr(record.error, "retry_after", None)) is not None
    ]
    return AllModelsFailedError(
        f"no model answered: {told}", attempts=attempts, retry_after=min(waits, default=None)
    )


def _told(error: BaseException | None) -> str:
    """An error of ours in its own words; of others only the class, which gives nothing away."""
    return str(error) if isinstance(error, ResilienceError) else type(error).__name__
