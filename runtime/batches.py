"""Several tasks at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from ..actors.policies.outcomes.attempt import AttemptRecord
from ..actors.policies.outcomes.errors import AllModelsFailedError, InvalidRequestError
from ..actors.result import TaskResult
from ..actors.task import Task, check_task

Execute = Callable[[Task], Coroutine[Any, Any, TaskResult]]


async def execute_settled(execute: Execute, tasks: Iterable[Task]) -> list[TaskResult]:
    """Every result, in the order of the tasks."""
    running = _start(execute, tasks)
    try:
        return [await task for task in running]
    finally:
        await _cancel(running)


async def execute_all(execute: Execute, tasks: Iterable[Task]) -> list[TaskResult]:
    """All successes, in order; the first error is raised and cancels the rest."""
    running = _start(execute, tasks)
    try:
        for finished in asyncio.as_completed(running):
            (await finished).unwrap()
        return [task.result() for task in running]
    finally:
        await _cancel(running)


async def execute_any(execute: Execute, tasks: Iterable[Task]) -> TaskResult:
    """The first success; the other tasks are cancelled."""
    running = _start(execute, tasks)
    if not running:
        raise InvalidRequestError("execute_any needs at least one task")
    attempts: list[AttemptRecord] = []
    try:
        for finished in asyncio.as_completed(running):
            result = await finished
            if result.success:
                return result
            attempts.extend(result.attempts)
    finally:
        await _cancel(running)
    raise AllModelsFailedError(f"none of {len(running)} tasks succeeded", attempts=attempts)


def _start(execute: Execute, tasks: Iterable[Task]) -> list[asyncio.Task[TaskResult]]:
    if not isinstance(tasks, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequestError(f"a batch is several tasks, not a {type(tasks).__name__}")
    todo = list(tasks)
    # All are checked before the first begins: a mistake leaves nothing running.
    for task in todo:
        check_task(task)
    return [asyncio.create_task(execute(task)) for task in todo]


async def _cancel(running: list[asyncio.Task[TaskResult]]) -> None:
    left = [task for task in running if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
