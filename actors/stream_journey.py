"""A stream under way from model to model: each is asked for chunks, and settled at their end."""

from __future__ import annotations

from typing import Any

from ..config.stream import OnInterrupt
from .attempts import TEACHES
from .bounded import LimitReached, ended_from_outside
from .call_permit import StreamPermit
from .executor import ExecutionContext
from .flow import Flow
from .journey import Journey
from .messages import (
    Candidate,
    Refused,
    Settle,
    Told,
    Verdict,
)
from .outcomes import as_error, crashed, ends_the_task, lingers
from .paths import Paths
from .policies.attempt import Outcome
from .policies.classify import classify
from .policies.errors import InvalidRequestError
from .policies.fault import Fault
from .policies.pace import Pace
from .result import TaskResult
from .stream_attempt import BoundedStream, StreamAttempt, Superseded
from .stream_messages import AcquireStream, StreamAttempted
from .stream_outcomes import cut_short, interrupted, late
from .task import Plan, Task

_OVER = Verdict(None, False)


class StreamJourney(Journey):
    """As a task's, but what an attempt finds goes to the reader at once, through `flow`."""

    def __init__(
        self, task: Task, plan: Plan | None, paths: Paths, outer: float | None, flow: Flow
    ) -> None:
        super().__init__(task, plan, paths, outer, None)
        self.flow = flow

    @property
    def taken(self) -> bool:
        return self.flow.taken

    def branch(self) -> StreamJourney:
        branch = StreamJourney(self.task, self.plan, self.paths, self.deadline, self.flow)
        self._equip(branch)
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

    def _acquire(self, candidate: Candidate, number: int, forced: bool) -> Any:
        try:
            return candidate.ref.call(
                AcquireStream(self.task, number, self.deadline, self.strategy, forced)
            )
        except Exception as error:  # the model's actor crashed on it
            return Refused(crashed(candidate.model_id, error))

    async def _attempt(self, candidate: Candidate, permit: Any, delay: float) -> Verdict | None:
        assert isinstance(permit, StreamPermit)
        started = self.paths.engine.instant
        asked = self._asked_of(permit)
        if asked is None:
            self._refuse_to_go_on(candidate, permit, started)
            return _OVER
        context = ExecutionContext(permit.model_id, permit.number, self.deadline, self.now)
        attempt = self._begin(permit, asked, context, started)
        abandoned = False
        try:
            await attempt.call
        except LimitReached as reached:
            error: BaseException = self._limit_of(attempt, permit, reached)
            abandoned = reached.abandoned
            outcome = Outcome.FAILURE if reached.reason else Outcome.TIMEOUT
        except BaseException as raised:
            if ended_from_outside(raised) or isinstance(raised, Superseded):
                still = lingers(candidate, permit, context)
                self._settle_cancelled(candidate, permit, started, raised, still)
                if isinstance(raised, Superseded):
                    return _OVER
                raise
            error = as_error(raised, permit.model_id)
            outcome = Outcome.TIMEOUT if classify(error) is Fault.TIMEOUT else Outcome.FAILURE
        else:
            self._complete(candidate, permit, attempt, started)
            return None
        lingering = lingers(candidate, permit, context)
        if not attempt.won:
            return self._fail(
                candidate, permit, outcome, error, started, lingering, abandoned, delay
            )
        return self._cut(candidate, permit, attempt, outcome, error, started, lingering, abandoned)

    def _begin(
        self, permit: StreamPermit, task: Task, context: ExecutionContext, started: float
    ) -> StreamAttempt:
        pace = Pace(permit.stream, patience=permit.timeout, now=started)
        attempt = StreamAttempt(self.flow, permit, pace, self.now)
        paths = self.paths
        permit.call = attempt.call = BoundedStream(
            attempt,
            permit.executor.begin_stream(task, context),
            self.deadline,
            paths.grace,
            paths.waiting,
            self.task.id,
        )
        return attempt

    # How an attempt ended.

    def _complete(
        self, candidate: Candidate, permit: StreamPermit, attempt: StreamAttempt, started: float
    ) -> None:
        now = self.now()
        figures = attempt.pace.figures(now)
        told = attempt.told
        told = Told({}, 0, figures) if told is None else told._replace(stream=figures)
        # A long answer is not a slow model: what counts as its latency is the first content.
        candidate.ref.send(Settle(permit, Outcome.SUCCESS, figures.first_chunk, told))
        self._record(permit.model_id, permit.number, Outcome.SUCCESS, started, now - started)
        self.value = self.flow.text
        self.model_used = permit.model_id
        self.over = True
        self.degraded = self.degraded or permit.degraded
        self._teach(permit.model_id, True, figures.first_chunk)

    def _cut(
        self,
        candidate: Candidate,
        permit: StreamPermit,
        attempt: StreamAttempt,
        outcome: Outcome,
        error: BaseException,
        started: float,
        lingering: bool,
        abandoned: bool,
    ) -> Verdict:
        """The stream has ended before its end, and the reader has had some of it."""
        now = self.now()
        duration = now - started
        if outcome is Outcome.TIMEOUT and attempt.pace.paused:
            outcome = Outcome.CANCELLED  # the reader let the task's deadline pass, not the model
        self._record(permit.model_id, permit.number, outcome, started, duration, error)
        # Without any time left: what the reader has begun is not asked for again here.
        verdict = self._settle(
            candidate,
            Settle(
                permit,
                outcome,
                duration,
                error=error,
                deadline=now,
                lingering=lingering,
                abandoned=abandoned,
            ),
        )
        self.opened = self.opened or verdict.opened
        self._teach(permit.model_id, False, duration)
        self._interrupt(permit, attempt, error)
        return _OVER

    def _interrupt(
        self, permit: StreamPermit, attempt: StreamAttempt, error: BaseException
    ) -> None:
        mode = (self.plan and self.plan.on_interrupt) or permit.stream.on_interrupt
        cut = interrupted(permit.model_id, attempt.pace.chunks, self.flow.text, error)
        self.error = cut
        self.flow.interrupt(cut, OnInterrupt(mode))
        self.over = mode is OnInterrupt.RAISE or ends_the_task(error, self.plan)

    def _teach(self, model_id: str, success: bool, duration: float) -> None:
        if self.strategy in TEACHES:
            self.paths.router.send(StreamAttempted(model_id, success, duration))

    def _limit_of(
        self, attempt: StreamAttempt, permit: StreamPermit, reached: LimitReached
    ) -> BaseException:
        if reached.reason is not None:
            return reached.reason
        passed = attempt.call.late
        return self.too_late(permit.model_id) if passed is None else late(permit.model_id, passed)

    # Going on with what another model has begun.

    def _asked_of(self, permit: StreamPermit) -> Task | None:
        """What a model is asked: the task, or the rest of an answer; None: it cannot go on."""
        if self.flow.interruption is None or self.flow.mode is not OnInterrupt.CONTINUE:
            return self.task
        try:
            return permit.executor.continue_from(self.task, self.flow.text)
        except Exception:  # the user's own word, which is a no
            return None

    def _refuse_to_go_on(self, candidate: Candidate, permit: StreamPermit, started: float) -> None:
        refusal = InvalidRequestError(
            f"{permit.model_id} cannot go on with a partial answer: the payload has no messages, "
            "and the executor no continue_from that takes it",
            model_id=permit.model_id,
        )
        self._settle_cancelled(candidate, permit, started, refusal, False)
        self.over = True
