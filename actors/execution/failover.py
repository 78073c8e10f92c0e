"""One task under way: whom it has tried, what became of it, and the result in the end."""

from __future__ import annotations

from typing import Any

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy, WhenNoneAvailable
from ..calls.bounded_call import LimitReached
from ..engine.future import LoopFuture
from ..messages import (
    Candidate,
    Choice,
    Dispatch,
    FailoverReported,
    LastResort,
    Next,
    Route,
    StopWaiting,
    new,
)
from ..policies.outcomes.errors import RuntimeClosedError
from ..result import TaskResult
from .attempts import Attempts
from .errors import any_open, final_error

_FAILED_OVER = FailoverReported()
_SHORTEST_WAIT, _LONGEST_WAIT = 0.05, 1.0
"""Between two looks for a model that has come back, in seconds."""


class Failover(Attempts):
    """Carries one task from model to model; every attempt is settled and recorded."""

    lost = False
    """Whether another one that ran beside it has won, and it was cancelled for that."""

    @property
    def taken(self) -> bool:
        """Whether one of several models has won already, before it is done."""
        return False

    # Whom to try.

    async def route(self, dispatch: Dispatch, found: Any) -> Route | ResilienceError:
        """The router's answer where it did not come at once, or was an error; or why none comes."""
        if isinstance(found, LoopFuture):
            try:
                return await self.wait_for_route(found)
            except Exception as error:
                found = error
        if isinstance(found, ResilienceError):
            return found
        again: Route | ResilienceError = await self.ask_again(dispatch)
        return again

    async def wait_for_route(self, found: LoopFuture[Any]) -> Route:
        """The task waits for its turn. Raises `ModelTimeoutError` when it does not come in time."""
        try:
            route: Route = await self.bounded(found.arrived(), self.deadline)
        except LimitReached as reached:
            self.paths.router.send(StopWaiting(found))
            raise reached.reason or self.too_late() from None
        except BaseException:
            self.paths.router.send(StopWaiting(found))
            raise
        return route

    async def ask_again(self, message: Any) -> Any:
        """Ask the router's successor; a `ResilienceError` as the answer if that fails too."""
        try:
            found = self.paths.router.call(message)
            if isinstance(found, LoopFuture):
                if isinstance(message, Dispatch):  # who stops waiting must give its turn back
                    return await self.wait_for_route(found)
                found = await self.bounded(found.arrived(), self.deadline)
        except LimitReached as reached:
            return reached.reason or self.too_late()
        except ResilienceError as refusal:
            return refusal
        except Exception as second:
            failed = RuntimeClosedError("the router does not answer; the task was given up")
            failed.__cause__ = second
            return failed
        return found

    async def go(self, candidate: Candidate | None, begun: object = None) -> None:
        """One model after the other until one answers, none is left or the time is up.

        `begun` is what has come of the first attempt at `candidate`, as in `serve`.
        """
        while True:
            while candidate is not None:
                self.tried = (*self.tried, candidate.model_id)
                await self.serve(candidate, begun)
                begun = None
                if self.over:
                    return
                candidate = await self._after(candidate)
            candidate = await self._when_all_out()
            if candidate is None:
                return

    async def _after(self, failed: Candidate) -> Candidate | None:
        tried_in_vain = bool(self.attempts[-1].number)
        candidate = await self.next()
        if candidate is not None and tried_in_vain:
            self.engine.tell_now(failed.ref.mailbox, _FAILED_OVER, self.engine.instant)
        return candidate

    async def next(self) -> Candidate | None:
        """Whom to try now, after a failure; None when it is over."""
        now = self.now()
        if now >= self.deadline:
            self.over = True
            return None
        if not self.may_fail_over():
            return None
        closing = self.paths.waiting.reason
        if closing is not None:  # no further model is asked: its call would be ended at once
            self.error = closing
            self.over = True
            return None
        message = Next(self.plan, self.strategy, self.tried)
        try:
            found = self.engine.ask_now(self.paths.router.mailbox, message, now)
        except Exception as error:  # the router crashed on it
            found = error
        if not isinstance(found, Choice):
            found = await self._later(message, found)
        if found.passed:
            known = {record.model_id for record in self.attempts}
            self.attempts.extend(r for r in found.passed if r.model_id not in known)
        candidate: Candidate | None = found.candidate
        return candidate

    def may_fail_over(self) -> bool:
        """Being passed over is not a failure: without failover it is the first call that counts."""
        return self.paths.failover or not any(record.number for record in self.attempts)

    async def _later(self, message: Any, found: Any) -> Choice:
        if isinstance(found, LoopFuture):
            try:
                choice: Choice = await self.bounded(found.arrived(), self.deadline)
                return choice
            except LimitReached as reached:
                self.end_early(reached)
                return Choice(None, ())
            except Exception as error:
                found = error
        again = await self.ask_again(message)
        if isinstance(again, ResilienceError):
            self.error = again
            self.over = True
            return Choice(None, ())
        answer: Choice = again
        return answer

    async def _when_all_out(self) -> Candidate | None:
        """Nobody can serve: give up, wait for the first that comes back, or insist on one."""
        rule = self.paths.when_none_available
        if self.over or rule is WhenNoneAvailable.FAIL or not self.may_fail_over():
            return None
        if rule is WhenNoneAvailable.TRY:
            return await self._insist()
        # Who was only passed over may be asked again; a model that failed the task may not.
        while any(not record.number for record in self.attempts):
            if not await self.pause(self._shortest_wait()):
                return None
            self.attempts = [record for record in self.attempts if record.number]
            self.tried = tuple(record.model_id for record in self.attempts)
            candidate = await self.next()
            if candidate is not None or self.over:
                return candidate
        return None

    async def _insist(self) -> Candidate | None:
        """Ask one model past its open breaker, once; another may have come back by then."""
        if self.insisted:
            return None
        self.insisted = True
        found = await self.ask_again(LastResort(self.plan, self.tried))
        if not isinstance(found, Candidate):
            return None
        self.tried = (*self.tried, found.model_id)
        await self.serve(found, forced=True)
        return None if self.over else await self.next()

    def _shortest_wait(self) -> float:
        waits = [getattr(record.error, "retry_after", None) for record in self.attempts]
        shortest = min((w for w in waits if w is not None), default=_LONGEST_WAIT)
        return min(max(shortest, _SHORTEST_WAIT), _LONGEST_WAIT)

    # Beside each other.

    def branch(self) -> Failover:
        """A journey beside this one, for a model that is tried at the same time.

        Its scope is its own: what cancels it is no part of it.
        """
        scope = (self.deadline, self.scope)
        branch = Failover(self.task, self.plan, self.paths, self.executor, self.started, scope)
        branch.strategy = self.strategy
        branch.tried = self.tried
        return branch

    def merge(self, branch: Failover, *, late: bool = False) -> None:
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
            triggered = self.opened or any_open(attempts)
        success = error is None
        fields = (
            self.task.id,
            success,
            self.value,
            model_used,
            self.now() - self.started,
            self.strategy,
            success and model_used != self.primary,
            retries,
            triggered,
            error,
            attempts,
            self.degraded,
            self.task.metadata,
        )
        return new(TaskResult, fields)

    def refused(self, error: ResilienceError, strategy: Strategy | None) -> TaskResult:
        """The result of a task that was not dispatched at all."""
        self.error = error
        if strategy is not None:
            self.strategy = strategy
        return self.result()
