"""One attempt at one model: a permit, the call under its limit, and exactly one settlement."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import NamedTuple, Protocol

from ..calls.bounded_call import LimitReached
from ..engine.future import LoopFuture, is_pending
from ..executor import ExecutionContext
from ..messages import Candidate, Full, Refused, StopWaiting, Verdict
from ..permit import CallPermit
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import crashed
from ..policies.records import new
from .answers import check_answer
from .settling import ModelCall, settle_failure, settle_success
from .task_run import TaskRun


class Attempt(NamedTuple):
    """An attempt to be made: its number at this model from 1, and the delay before in seconds."""

    candidate: Candidate
    number: int = 1
    delay: float = 0.0
    forced: bool = False
    """Past an open breaker, as the last resort."""


class Perform(Protocol):
    """How an attempt is made: for a whole answer by `attempt_call`, for a stream in its own way."""

    def __call__(
        self, run: TaskRun, attempt: Attempt, found: object = None, /
    ) -> Coroutine[object, object, Verdict | None]:
        """The verdict on a failure; None where the model has answered or was not allowed to.

        `found` is what the model's actor has said already. Every end is noted in `run`. Raises what
        ends the task from outside.
        """
        ...


async def attempt_call(run: TaskRun, attempt: Attempt, found: object = None) -> Verdict | None:
    """One attempt at a whole answer; as `Perform` says."""
    permit = await permit_for(run, attempt, found)
    if permit is None:
        return None
    began = run.engine.instant
    until = min(began + permit.timeout, run.deadline)
    executor = run.executor or permit.executor
    context = None
    if executor.needs_context:
        context = ExecutionContext(permit.model_id, permit.number, until, run.now)
    call = new(ModelCall, (attempt.candidate, permit, began, context, attempt.delay))
    try:
        permit.call = bounded = run.bounded(executor.begin(run.task, context), until)
        value = await bounded
        if run.executor is None:
            check_answer(run.task, permit, value)
    except BaseException as raised:
        return settle_failure(run, call, raised)
    settle_success(run, call, value)
    return None


async def permit_for(run: TaskRun, attempt: Attempt, found: object = None) -> CallPermit | None:
    """The permit, once the model's actor gives it; None: it refuses, which is noted."""
    model_id = attempt.candidate.model_id
    if found is None:
        found = _acquire(run, attempt)
    if is_pending(found):
        found = await _wait_for_restart(run, attempt.candidate, found)
    if isinstance(found, CallPermit):
        return found
    if isinstance(found, Exception):
        found = Refused(crashed(model_id, found))
    assert isinstance(found, Refused | Full)
    if isinstance(found, Full):
        run.full[model_id] = found
    elif found.ends and _has_not_begun(run):
        run.error, run.over = found.error, True
    run.record(model_id, 0, Outcome.REJECTED, run.engine.instant, 0.0, found.error)
    return None


def _has_not_begun(run: TaskRun) -> bool:
    """Whether no model was asked for it yet; a branch stands beside an attempt."""
    return not run.rival and not any(record.number for record in run.attempts)


def _acquire(run: TaskRun, attempt: Attempt) -> object:
    message = run.acquire(run.task, attempt.number, run.deadline, run.strategy, attempt.forced)
    try:
        found: object = run.engine.ask_now(attempt.candidate.ref.address, message, run.now())
    except Exception as error:  # the model's actor crashed on it
        return error
    return found


async def _wait_for_restart(
    run: TaskRun, candidate: Candidate, found: LoopFuture[object]
) -> object:
    ref = candidate.ref
    if ref.is_suspended():  # a task does not wait for its restart
        ref.send(StopWaiting(found))
        return Refused(crashed(candidate.model_id, None))
    try:
        return await run.bounded(found.arrived(), run.deadline)
    except LimitReached as reached:
        ref.send(StopWaiting(found))
        run.end_early(reached)
        return Refused(reached.reason or run.too_late(candidate.model_id))
    except Exception as error:
        return error
    except BaseException:
        ref.send(StopWaiting(found))
        raise
