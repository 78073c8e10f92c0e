"""Tasks that were told to the router, by whoever holds its reference."""

from __future__ import annotations

from ..actors.execution import execute
from ..actors.future import Later
from ..actors.paths import Paths
from ..actors.policies.errors import RuntimeClosedError
from ..actors.result import TaskResult
from ..actors.task import Task


async def answer_told(task: Task, answer: Later[TaskResult], paths: Paths) -> None:
    """Execute `task` and settle `answer` with its result."""
    try:
        answer.set(await execute(task, None, None, paths))
    finally:
        if not answer.settled:
            answer.fail(RuntimeClosedError("the runtime stopped before the task was done"))
