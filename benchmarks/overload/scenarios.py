"""Two loads in virtual time: three times what a model can do, and a provider that bears less."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from hive_resilience import ModelConfig, Priority, Runtime, RuntimeConfig, Task
from hive_resilience.config import AdaptiveLimitConfig, BulkheadConfig, GlobalConfig
from hive_resilience.errors import RateLimitedError
from hive_resilience.testing import run_virtual

from .course import Course

PLACES, SECONDS = 10, 1.0
CAPACITY = PLACES / SECONDS
"""Calls a second."""
TIMEOUT = 12.0
BEFORE, OVERLOAD, AFTER = 60, 60, 120
CALM, TOO_MUCH = 0.6, 3.0
"""Tasks as a share of what the model can do."""
MIX = {Priority.CRITICAL: 2, Priority.HIGH: 4, Priority.NORMAL: 44, Priority.LOW: 50}
"""Percent of the tasks."""
BEARS, BEARS_LESS = 20, 6
REFUSES_AFTER = 0.05
"""Seconds that a refusal of the provider takes."""


def too_much(*, shed: bool, seed: int = 0) -> Course:
    """Three times as many tasks as one model can do, for a minute."""
    return run_virtual(_too_much(shed, seed))


def bears_less(rule: str, seed: int = 0) -> Course:
    """A provider that takes fewer calls at once for a minute, while more tasks wait."""
    return run_virtual(_bears_less(rule, seed))


async def _too_much(shed: bool, seed: int) -> Course:
    chance, course = random.Random(seed), Course()

    async def answer(task: Task) -> str:
        await asyncio.sleep(SECONDS * chance.uniform(0.5, 1.5))
        return "answer"

    model = ModelConfig(id="a", executor=answer, bulkhead=BulkheadConfig(max_concurrent=PLACES))
    settings = GlobalConfig(shed=shed)
    async with Runtime(RuntimeConfig(global_=settings, models=(model,))) as runtime:
        names, weights = list(MIX), list(MIX.values())

        def rate(at: float) -> float:
            return CAPACITY * (TOO_MUCH if BEFORE <= at < BEFORE + OVERLOAD else CALM)

        def new_task() -> Task:
            priority = chance.choices(names, weights)[0]
            return Task("question", priority=priority, timeout=TIMEOUT)

        await _under_load(runtime, course, rate, new_task, BEFORE + OVERLOAD + AFTER, chance)
    return course


async def _bears_less(rule: str, seed: int) -> Course:
    chance, course = random.Random(seed), Course()
    begin, running = asyncio.get_running_loop().time(), 0

    def bears() -> int:
        at = asyncio.get_running_loop().time() - begin
        return BEARS_LESS if BEFORE <= at < BEFORE + OVERLOAD else BEARS

    async def answer(task: Task) -> str:
        nonlocal running
        if running >= bears():
            await asyncio.sleep(REFUSES_AFTER)
            raise RateLimitedError("too many at once")
        running += 1
        try:
            await asyncio.sleep(SECONDS * chance.uniform(0.5, 1.5))
        finally:
            running -= 1
        return "answer"

    model = ModelConfig(id="a", executor=answer, adaptive_limit=AdaptiveLimitConfig(rule=rule))
    async with Runtime(RuntimeConfig(models=(model,)), draw=chance.random) as runtime:
        looking = asyncio.create_task(_look(course.bears, bears))
        await _under_load(
            runtime,
            course,
            lambda at: BEARS_LESS * 0.8 if BEFORE <= at < BEFORE + OVERLOAD else BEARS * 0.8,
            lambda: Task("question", timeout=30.0),
            BEFORE + OVERLOAD + 60,
            chance,
        )
        looking.cancel()
    return course


async def _look(into: list[int], value: Callable[[], int]) -> None:
    while True:
        into.append(value())
        await asyncio.sleep(1.0)


async def _under_load(
    runtime: Runtime,
    course: Course,
    rate: Callable[[float], float],
    new_task: Callable[[], Task],
    seconds: int,
    chance: random.Random,
) -> None:
    """Send tasks as they are due, whether or not the last one is done."""
    now: Callable[[], float] = asyncio.get_running_loop().time
    begin = now()
    places = asyncio.create_task(
        _look(course.limits, lambda: runtime.snapshot().models["a"].bulkhead.limit)
    )
    line = asyncio.create_task(_look(course.waiting, lambda: runtime.snapshot().router.waiting))
    async with asyncio.TaskGroup() as running:
        while (at := now() - begin) < seconds:
            task = new_task()
            course.sent[int(at), str(task.priority)] += 1
            running.create_task(_one(runtime.execute(task), task, course, now, begin))
            await asyncio.sleep(chance.expovariate(rate(at)))
    places.cancel()
    line.cancel()


async def _one(
    work: Awaitable[object],
    task: Task,
    course: Course,
    now: Callable[[], float],
    begin: float,
) -> None:
    result = await work
    course.end(now() - begin, task.priority, result)  # type: ignore[arg-type]  # it is one
