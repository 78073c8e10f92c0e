"""What the whole way of a task costs, through router and model actors."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from hive_resilience import ModelConfig, Runtime, Task, TaskResult
from hive_resilience.config import BulkheadConfig

from ..measuring.timing import Case, Run
from .policies import IN_FLIGHT, TASK, TASKS, answer

WAIT = "bare create_task that waits once, 100 in flight"
THREAD = "bare run_coroutine_threadsafe, blocking caller"
_TARGET = 2.5
_TASK = Task("prompt")


async def waiting_answer(_task: object = None) -> str:
    """A model that lets the others go first, so that all calls are in flight at once."""
    await asyncio.sleep(0)
    return "answer"


async def path_cases(stack: AsyncExitStack) -> list[Case]:
    """Starts the fleets; they stop with `stack`."""
    healthy = await _fleet(stack, _model("first"))
    waiting = await _fleet(stack, _model("first", waiting_answer))
    fallback = await _fleet(stack, _model("first"), _model("second"))
    fallback.model("first").force_open()
    closed = await _fleet(stack, _model("first"))
    closed.model("first").force_open()
    return [
        Case(WAIT, _bare_waiting, WAIT),
        Case(THREAD, _bare_from_thread, THREAD, calls=150),
        Case("Task(payload): making one", _make_task, TASK, calls=4_000),
        Case("execute, 1 in flight", _one_by_one(healthy), TASK, _TARGET),
        Case("execute, 100 in flight", _at_once(healthy), TASKS, _TARGET),
        Case("execute that waits once, 100 in flight", _at_once(waiting), WAIT, _TARGET),
        Case("execute, first model open: fallback", _one_by_one(fallback), TASK),
        Case("execute, all models open: rejection", _one_by_one(closed, False), TASK),
        Case("submit().result(), blocking caller", _from_thread(healthy), THREAD, calls=150),
    ]


def _model(model_id: str, executor: object = answer) -> ModelConfig:
    return ModelConfig(
        id=model_id, executor=executor, bulkhead=BulkheadConfig(max_concurrent=IN_FLIGHT)
    )


async def _fleet(stack: AsyncExitStack, *models: ModelConfig) -> Runtime:
    return await stack.enter_async_context(Runtime(models=models))


def _check(result: TaskResult, success: bool) -> None:
    if result.success is not success:
        raise AssertionError(f"this path should not end with {result}")


def _one_by_one(runtime: Runtime, success: bool = True) -> Run:
    async def run(calls: int) -> None:
        for _ in range(calls):
            result = await runtime.execute(_TASK)
        _check(result, success)

    return run


def _at_once(runtime: Runtime) -> Run:
    async def run(calls: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(max(1, calls // IN_FLIGHT)):
            tasks = [loop.create_task(runtime.execute(_TASK)) for _ in range(IN_FLIGHT)]
            results = await asyncio.gather(*tasks)
        _check(results[-1], True)

    return run


def _from_thread(runtime: Runtime) -> Run:
    def block(calls: int) -> None:
        for _ in range(calls):
            result = runtime.submit(_TASK).result(timeout=30)
        _check(result, True)

    async def run(calls: int) -> None:
        await asyncio.to_thread(block, calls)

    return run


async def _bare_from_thread(calls: int) -> None:
    loop = asyncio.get_running_loop()

    def block() -> None:
        for _ in range(calls):
            asyncio.run_coroutine_threadsafe(answer(), loop).result(timeout=30)

    await asyncio.to_thread(block)


async def _bare_waiting(calls: int) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(max(1, calls // IN_FLIGHT)):
        tasks = [loop.create_task(waiting_answer()) for _ in range(IN_FLIGHT)]
        await asyncio.gather(*tasks)


async def _make_task(calls: int) -> None:
    for _ in range(calls):
        Task("prompt")
