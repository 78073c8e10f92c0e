"""One attempt at a stream: a permit, the chunks for the reader, and exactly one settlement."""

from __future__ import annotations

import asyncio
from functools import partial

from ...config.settings.stream import OnInterrupt
from ..execution.answers import USUAL_RULES, RejectedAnswer
from ..execution.attempts import Attempt, permit_for
from ..execution.settling import (
    TEACHES,
    ModelCall,
    fail,
    failure_of,
    settle_cancelled,
    tell_failure,
)
from ..execution.task_run import TaskRun
from ..executor import ExecutionContext
from ..messages import NO_FEEDBACK, ProviderFeedback, Settle, StreamAttemptReported, Verdict
from ..permit import CallPermit
from ..policies.outcomes.answers import rejected_stream
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import EmptyAnswerError, InvalidRequestError, ModelTimeoutError
from ..policies.stream_pace import Pace
from ..task import Task
from .channel import StreamChannel
from .errors import interrupted, late
from .reading import StreamReading, Superseded

_OVER = Verdict(None, False)


class StreamAttempts:
    """Makes the attempts at one stream: what a model sends goes to the reader through `channel`.

    An instance is a `Perform`; failover and the parallel strategy call it in place of
    `attempt_call`.
    """

    __slots__ = ("_channel",)

    def __init__(self, channel: StreamChannel) -> None:
        self._channel = channel

    async def __call__(
        self, run: TaskRun, attempt: Attempt, found: object = None, /
    ) -> Verdict | None:
        """One attempt at the stream, or at the rest of it; as `Perform` says."""
        permit = await permit_for(run, attempt, found)
        if permit is None:
            return None
        context = ExecutionContext(permit.model_id, permit.number, run.deadline, run.now)
        call = ModelCall(attempt.candidate, permit, run.engine.instant, context, attempt.delay)
        asked = self._asked_of(run, permit)
        if asked is None:
            _refuse_to_go_on(run, call)
            return None
        pace = Pace(permit.stream, patience=permit.timeout, now=call.began)
        reading = StreamReading(self._channel, permit, pace, run.now)
        try:
            await self._read(run, call, reading, asked)
        except Superseded as superseded:
            settle_cancelled(run, call, superseded, StreamAttemptReported)
            return None
        except BaseException as raised:
            return self._failed(run, call, reading, raised)
        self._complete(run, call, reading)
        return None

    async def _read(
        self, run: TaskRun, call: ModelCall, reading: StreamReading, asked: Task
    ) -> None:
        """To the end of the chunks, within their limits."""
        assert call.context is not None
        chunks = call.permit.executor.begin_stream(asked, call.context)
        call.permit.call = bounded = reading.bounded(chunks, run)
        await bounded
        if self._is_unwanted(run):  # it has swallowed its cancellation: what it has is not all
            raise asyncio.CancelledError
        if not reading.won:
            self._end_without_content(run, call.permit, reading)

    def _end_without_content(
        self, run: TaskRun, permit: CallPermit, reading: StreamReading
    ) -> None:
        """What is the rest of another model's answer may be nothing; else the settings judge it."""
        channel, opening = self._channel, reading.opening
        if channel.interruption is None or channel.mode is not OnInterrupt.CONTINUE:
            rules = permit.failure_if or USUAL_RULES
            error = rejected_stream(rules, opening, run.task.payload, permit.model_id)
            if error is not None:
                if isinstance(error, EmptyAnswerError):
                    channel.keep_empty(permit.model_id, opening)
                raise RejectedAnswer(error, "", reading.feedback)
        reading.claim()

    # How an attempt ended.

    def _is_unwanted(self, run: TaskRun) -> bool:
        """Whether it was cancelled: the reader is gone, or another model has won."""
        return self._channel.left or run.lost

    def _failed(
        self, run: TaskRun, call: ModelCall, reading: StreamReading, raised: BaseException
    ) -> Verdict:
        """The chunks have ended with `raised`; before the first content that is any failure."""
        if self._is_unwanted(run):  # the call may have made of it what it likes: no reader lost
            settle_cancelled(run, call, raised, StreamAttemptReported)
            if isinstance(raised, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt):
                raise raised
            raise asyncio.CancelledError from raised

        failure = failure_of(run, call, raised, partial(_timed_out, reading))
        failure = _with_usage(failure, reading)
        if reading.won:
            return self._cut(run, call, reading, failure)
        return fail(run, call, failure, StreamAttemptReported)

    def _cut(
        self, run: TaskRun, call: ModelCall, reading: StreamReading, failure: Settle
    ) -> Verdict:
        """The reader has had some of it: this model is not asked again, another one perhaps."""
        permit, outcome, error = failure.permit, failure.outcome, failure.error
        assert error is not None
        if outcome is Outcome.TIMEOUT and reading.pace.paused:
            outcome = Outcome.CANCELLED  # the reader let the deadline pass, not the model
        duration = failure.duration
        run.record(permit.model_id, permit.number, outcome, call.began, duration, error)
        # Without any time left: what the reader has begun is not asked for again here.
        tell_failure(
            run,
            call,
            failure._replace(outcome=outcome, deadline=run.now()),
        )
        _report(run, permit.model_id, False, duration)
        self._interrupt(run, permit, reading, error)
        return _OVER

    def _interrupt(
        self, run: TaskRun, permit: CallPermit, reading: StreamReading, error: BaseException
    ) -> None:
        channel = self._channel
        mode = OnInterrupt((run.plan and run.plan.on_interrupt) or permit.stream.on_interrupt)
        if run.at_most_once or (mode is OnInterrupt.CONTINUE and not channel.can_continue):
            mode = OnInterrupt.RAISE
        cut = interrupted(permit.model_id, reading.pace.chunks, channel.text, error)
        run.error = cut
        channel.interrupt(cut, mode)
        run.over = mode is OnInterrupt.RAISE or run.ends_with(error)

    def _complete(self, run: TaskRun, call: ModelCall, reading: StreamReading) -> None:
        permit, now = call.permit, run.now()
        figures = reading.pace.figures(now)
        feedback = reading.feedback or ProviderFeedback({}, 0)
        run.charge(permit, feedback)
        # A long answer is not a slow model: what counts as its latency is the first content.
        first_chunk, duration = figures.first_chunk, now - call.began
        call.candidate.ref.send(
            Settle(permit, Outcome.SUCCESS, first_chunk, feedback._replace(stream=figures))
        )
        run.record(permit.model_id, permit.number, Outcome.SUCCESS, call.began, duration)
        degraded = run.degraded or permit.degraded
        run.answer(permit.model_id, self._channel.text, degraded=degraded)
        _report(run, permit.model_id, True, first_chunk)

    # Going on with what another model has begun.

    def _asked_of(self, run: TaskRun, permit: CallPermit) -> Task | None:
        """What a model is asked: the task, or the rest of an answer; None: it cannot go on."""
        channel = self._channel
        if channel.interruption is None or channel.mode is not OnInterrupt.CONTINUE:
            return run.task
        try:
            return permit.executor.continue_from(run.task, channel.text)
        except Exception:  # the user's own word, which is a no
            return None


def _with_usage(failure: Settle, reading: StreamReading) -> Settle:
    """Also a stream that fails may have told what it costs."""
    told = reading.feedback
    if told is None or told.usage is None:
        return failure
    feedback = (failure.feedback or NO_FEEDBACK)._replace(usage=told.usage)
    return failure._replace(feedback=feedback)


def _report(run: TaskRun, model_id: str, success: bool, duration: float) -> None:
    if run.strategy in TEACHES:
        run.environment.router.send(StreamAttemptReported(model_id, success, duration))


def _timed_out(reading: StreamReading, run: TaskRun, call: ModelCall) -> ModelTimeoutError:
    """The error for the limit that was met: one of the stream's own, or the task's deadline."""
    model_id, met = call.permit.model_id, reading.late
    return run.too_late(model_id) if met is None else late(model_id, met)


def _refuse_to_go_on(run: TaskRun, call: ModelCall) -> None:
    model_id = call.permit.model_id
    refusal = InvalidRequestError(
        f"{model_id} cannot go on with a partial answer: the payload has no messages, "
        "and the executor no continue_from that takes it",
        model_id=model_id,
    )
    settle_cancelled(run, call, refusal)
    run.over = True
