"""A stream under way from model to model: each is asked for chunks, and settled at their end."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

from ...config.settings.stream import OnInterrupt
from ..calls.scope import Scope
from ..execution.attempts import TEACHES
from ..execution.environment import TaskEnvironment
from ..execution.errors import ends_the_task, lingers
from ..execution.failover import Failover
from ..executor import ExecutionContext
from ..messages import (
    AcquireStream,
    Candidate,
    ProviderFeedback,
    Settle,
    StreamAttemptReported,
    Verdict,
)
from ..permit import CallPermit
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import InvalidRequestError, ModelTimeoutError
from ..policies.stream_pace import Pace
from ..result import TaskResult
from ..task import Plan, Task
from .attempt import BoundedStream, StreamAttempt, Superseded
from .channel import StreamChannel
from .errors import cut_short, interrupted, late

_OVER = Verdict(None, False)


class StreamFailover(Failover):
    """As a task's, but what an attempt finds goes to the reader at once, through `flow`."""

    asks_by = AcquireStream

    def __init__(
        self,
        task: Task,
        plan: Plan | None,
        paths: TaskEnvironment,
        started: float,
        scope: Scope,
        flow: StreamChannel,
    ) -> None:
        super().__init__(task, plan, paths, None, started, scope)
        self.flow = flow

    @property
    def taken(self) -> bool:
        return self.flow.taken

    def branch(self) -> StreamFailover:
        branch = StreamFailover(
            self.task, self.plan, self.paths, self.started, (self.deadline, self.scope), self.flow
        )
        branch.strategy = self.strategy
        branch.tried = self.tried
        return branch

    def result(self) -> TaskResult:
        """What became of it; an interruption that nobody made good is its error."""
        found = super().result()
        interruption = self.flow.interruption
        if found.error is None or interruption is None:
            return found
        return found._replace(error=interruption)

    def left(self) -> TaskResult:
        """The result where the reader has left before the end."""
        return super().result()._replace(error=cut_short(self.flow))

    # An attempt.

    async def _attempt(
        self, candidate: Candidate, number: int, delay: float, forced: bool, found: Any = None
    ) -> Verdict | None:
        permit = await self._permit(candidate, found or self._acquire(candidate, number, forced))
        if permit is None:
            return None
        began = self.engine.instant
        asked = self._asked_of(permit)
        if asked is None:
            self._refuse_to_go_on(candidate, permit, began)
            return None
        context = ExecutionContext(permit.model_id, permit.number, self.deadline, self.now)
        attempt = StreamAttempt(
            self.flow, permit, Pace(permit.stream, patience=permit.timeout, now=began), self.now
        )
        try:
            chunks = permit.executor.begin_stream(asked, context)
            paths = self.paths
            call = BoundedStream(
                attempt, chunks, self.deadline, paths.grace, paths.waiting, self.task.id, self.scope
            )
            permit.call = attempt.call = call
            await call
            if self._unwanted:  # it has swallowed its cancellation: what it has is not all
                raise asyncio.CancelledError
        except Superseded as superseded:
            still = lingers(candidate, permit, context)
            self._settle_cancelled(candidate, permit, began, superseded, still)
            return None
        except BaseException as raised:
            if self._unwanted:
                self._end_unwanted(candidate, permit, began, context, raised)
            return self.failed(candidate, permit, began, context, raised, delay)
        self._complete(candidate, permit, attempt, began)
        return None

    # How an attempt ended.

    @property
    def _unwanted(self) -> bool:
        """Whether it was cancelled: the reader is gone, or another model has won."""
        return self.flow.left or self.lost

    def _end_unwanted(
        self,
        candidate: Candidate,
        permit: CallPermit,
        began: float,
        context: ExecutionContext,
        raised: BaseException,
    ) -> NoReturn:
        """Whatever a cancelled call made of its cancellation, it has failed nobody."""
        still = lingers(candidate, permit, context)
        self._settle_cancelled(candidate, permit, began, raised, still)
        if isinstance(raised, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt):
            raise raised
        raise asyncio.CancelledError from raised

    def _complete(
        self, candidate: Candidate, permit: CallPermit, attempt: StreamAttempt, started: float
    ) -> None:
        now = self.now()
        figures = attempt.pace.figures(now)
        told = attempt.told
        told = ProviderFeedback({}, 0, figures) if told is None else told._replace(stream=figures)
        # A long answer is not a slow model: what counts as its latency is the first content.
        candidate.ref.send(Settle(permit, Outcome.SUCCESS, figures.first_chunk, told))
        self._record(permit.model_id, permit.number, Outcome.SUCCESS, started, now - started)
        self.value = self.flow.text
        self.model_used = permit.model_id
        self.over = True
        self.degraded = self.degraded or permit.degraded
        self._teach(permit.model_id, True, figures.first_chunk)

    def _fail(
        self, candidate: Candidate, settle: Settle, error: BaseException, began: float
    ) -> Verdict:
        permit, outcome = settle.permit, settle.outcome
        call = permit.call
        if not isinstance(call, BoundedStream) or not call.attempt.won:
            return super()._fail(candidate, settle, error, began)
        if outcome is Outcome.TIMEOUT and call.attempt.pace.paused:
            outcome = Outcome.CANCELLED  # the reader let the deadline pass, not the model
        self._record(permit.model_id, permit.number, outcome, began, settle.duration, error)
        # Without any time left: what the reader has begun is not asked for again here.
        settle = settle._replace(outcome=outcome, deadline=self.now(), alternatives=False)
        self.opened = self._settle(candidate, settle).opened or self.opened
        self._teach(permit.model_id, False, settle.duration)
        self._interrupt(permit, call.attempt, error)
        return _OVER

    def _interrupt(self, permit: CallPermit, attempt: StreamAttempt, error: BaseException) -> None:
        mode = OnInterrupt((self.plan and self.plan.on_interrupt) or permit.stream.on_interrupt)
        cut = interrupted(permit.model_id, attempt.pace.chunks, self.flow.text, error)
        self.error = cut
        if mode is OnInterrupt.CONTINUE and not self.flow.can_continue:
            mode = OnInterrupt.RAISE
        self.flow.interrupt(cut, mode)
        self.over = mode is OnInterrupt.RAISE or ends_the_task(error, self.plan)

    def _timed_out(self, permit: CallPermit, started: float) -> ModelTimeoutError:
        call = permit.call
        passed = call.late if isinstance(call, BoundedStream) else None
        return self.too_late(permit.model_id) if passed is None else late(permit.model_id, passed)

    def _teach(self, model_id: str, success: bool, duration: float) -> None:
        if self.strategy in TEACHES:
            self.paths.router.send(StreamAttemptReported(model_id, success, duration))

    # Going on with what another model has begun.

    def _asked_of(self, permit: CallPermit) -> Task | None:
        """What a model is asked: the task, or the rest of an answer; None: it cannot go on."""
        if self.flow.interruption is None or self.flow.mode is not OnInterrupt.CONTINUE:
            return self.task
        try:
            return permit.executor.continue_from(self.task, self.flow.text)
        except Exception:  # the user's own word, which is a no
            return None

    def _refuse_to_go_on(self, candidate: Candidate, permit: CallPermit, started: float) -> None:
        refusal = InvalidRequestError(
            f"{permit.model_id} cannot go on with a partial answer: the payload has no messages, "
            "and the executor no continue_from that takes it",
            model_id=permit.model_id,
        )
        self._settle_cancelled(candidate, permit, started, refusal, False)
        self.over = True
