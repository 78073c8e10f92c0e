"""What a task asks the router beside its dispatch: again after a crash, and before a retry."""

from __future__ import annotations

from typing import TypeVar

from ...config.errors import ResilienceError
from ..calls.bounded_call import LimitReached
from ..engine.future import LoopFuture, is_pending
from ..messages import Dispatch, Route, SpendRetry, StopWaiting, TaskEnded
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    OverloadedError,
    RuntimeClosedError,
)
from ..result import TaskResult
from .task_run import TaskRun

A = TypeVar("A")
_NO_FAULT_OF_MODELS = (
    ContentRefusedError,
    InvalidRequestError,
    OverloadedError,
    RuntimeClosedError,
)
"""Errors that say nothing of how well the fleet is."""


async def route_for(run: TaskRun, dispatch: Dispatch, found: object) -> Route | ResilienceError:
    """The route of a task that did not get it at once, but `found` this; or why none comes."""
    if is_pending(found):
        try:
            found = await _turn(run, found)
        except Exception as error:
            found = error
    if isinstance(found, Route | ResilienceError):
        return found
    return await ask_again(run, dispatch, Route)


async def ask_again(run: TaskRun, message: object, answer: type[A]) -> A | ResilienceError:
    """Ask the router's successor; a `ResilienceError` where no `answer` comes of that either."""
    try:
        found = run.environment.router.call(message)
        if is_pending(found):
            found = await _answer_of(run, message, found)
    except LimitReached as reached:
        return reached.reason or run.too_late()
    except ResilienceError as refusal:
        return refusal
    except Exception as second:
        return _no_answer(second)
    return found if isinstance(found, answer) else _no_answer(None)


def may_repeat(run: TaskRun) -> bool:
    """Whether the budget of all models has a repetition or a hedge left, which is spent then."""
    try:
        return run.environment.router.call(SpendRetry()) is True
    except Exception:  # the router crashed on it
        return False


def ended(run: TaskRun, result: TaskResult) -> TaskEnded:
    """What the router hears of the end of a task that was dispatched."""
    if not result.success:
        of_request = isinstance(result.error, _NO_FAULT_OF_MODELS)
        return TaskEnded(Outcome.FAILURE, result.execution_time, of_request=of_request)
    meant, used = run.primary, result.model_used
    pair = None if meant is None or used is None or meant == used else (meant, used)
    return TaskEnded(Outcome.SUCCESS, result.execution_time, pair)


async def _answer_of(run: TaskRun, message: object, found: LoopFuture[object]) -> object:
    if isinstance(message, Dispatch):  # a task that stops waiting has to give its turn back
        return await _turn(run, found)
    return await run.bounded(found.arrived(), run.deadline)


async def _turn(run: TaskRun, found: LoopFuture[object]) -> object:
    """Wait for the task's turn. Raises `ModelTimeoutError` when it does not come in time."""
    router = run.environment.router
    try:
        return await run.bounded(found.arrived(), run.deadline)
    except LimitReached as reached:
        router.send(StopWaiting(found, late=True))
        raise reached.reason or run.too_late() from None
    except BaseException:
        router.send(StopWaiting(found))
        raise


def _no_answer(cause: Exception | None) -> RuntimeClosedError:
    failed = RuntimeClosedError("the router does not answer; the task was given up")
    failed.__cause__ = cause
    return failed
