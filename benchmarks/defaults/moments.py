"""Single moments with default settings: how long one task takes, or whether all are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from statistics import median

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.errors import RateLimitedError

TAKES = 0.01
_TASK = Task("prompt")
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Moment:
    """A figure that `take` measures, and its target."""

    name: str
    limit: float
    unit: str
    take: Callable[[bool], Awaitable[float | None]]
    at_least: bool = False


class BrokenBodyError(Exception):
    """As an adapter raises it for an answer without choices, or without a body."""


class Busy(Exception):
    """As an HTTP client raises it for a 429."""

    status_code = 429


def at_once(_task: Task) -> Awaitable[str]:
    async def answer() -> str:
        return "answer"

    return answer()


async def in_10_ms(_task: Task) -> str:
    await asyncio.sleep(TAKES)
    return "answer"


def failing(error: Exception) -> Callable[[Task], Awaitable[str]]:
    async def fail(_task: Task) -> str:
        raise error

    return fail


def models(*executors: object) -> list[ModelConfig]:
    return [ModelConfig(id=f"m{i}", executor=one) for i, one in enumerate(executors)]


async def _took(runtime: Runtime) -> float:
    began = time.perf_counter()
    result = await runtime.execute(_TASK)
    return time.perf_counter() - began if result.success else float("inf")


async def _first_tasks(rounds: int, error: Exception) -> float:
    """The median of the first task of fresh runtimes, in ms."""
    found: list[float] = []
    for _ in range(rounds):
        async with Runtime(models=models(failing(error), at_once)) as runtime:
            found.append(await _took(runtime) * 1e3)
    return median(found)


async def past_a_dead_primary(quick: bool) -> float:
    return await _first_tasks(3 if quick else _ROUNDS, ConnectionRefusedError("refused"))


async def past_a_broken_body(quick: bool) -> float:
    return await _first_tasks(3 if quick else _ROUNDS, BrokenBodyError("no choices"))


async def past_a_429(quick: bool) -> float:
    return await _first_tasks(3 if quick else _ROUNDS, Busy("busy"))


async def five_hundred(quick: bool) -> float:
    """The answered tasks of 500 at once on one model."""
    async with Runtime(models=models(in_10_ms)) as runtime:
        tasks = [Task(f"prompt {i}") for i in range(500)]
        results = await asyncio.gather(*map(runtime.execute, tasks))
        return sum(result.success for result in results)


async def four_dead_and_a_flaky_one(quick: bool) -> float:
    """The share of answered tasks, in percent; the flaky model fails every other call."""
    calls = 0

    async def flaky(_task: Task) -> str:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise ConnectionResetError("flaky")
        return "answer"

    dead = [failing(ConnectionRefusedError("refused")) for _ in range(4)]
    answered, rounds = 0, 2 if quick else 10
    for _ in range(rounds):
        async with Runtime(models=models(*dead, flaky)) as runtime:
            answered += (await runtime.execute(_TASK)).success
    return 100.0 * answered / rounds


async def parked_by_an_epoch(quick: bool) -> float:
    """For how long a 429 with a point in time as its Retry-After parks the model, in seconds."""
    error = RateLimitedError("busy", retry_after=4e12)
    async with Runtime(models=models(failing(error), at_once)) as runtime:
        await runtime.execute(_TASK)
        return runtime.snapshot().models["m0"].breaker.parked_for or 0.0


async def back_by_the_operator(quick: bool) -> float:
    """Milliseconds from the operator's reset to an answer of the parked model."""
    parked = True

    async def primary(_task: Task) -> str:
        if parked:
            raise RateLimitedError("busy", retry_after=4e12)
        return "answer"

    async with Runtime(models=models(primary, at_once)) as runtime:
        await runtime.execute(_TASK)
        parked = False
        began = time.perf_counter()
        runtime.model("m0").reset()
        result = await runtime.execute(_TASK)
        took = (time.perf_counter() - began) * 1e3
        return took if result.model_used == "m0" else float("inf")


async def past_a_hang(quick: bool) -> float | None:
    """Seconds to the first content of another model, where the first one hangs."""
    hangs = False

    async def primary(_task: Task) -> AsyncIterator[str]:
        if hangs:
            await asyncio.sleep(3600)
        yield "content"

    async def second(_task: Task) -> AsyncIterator[str]:
        await asyncio.sleep(TAKES)
        yield "content"

    if quick:
        return None  # it takes two seconds by its nature
    async with Runtime(models=models(primary, second)) as runtime:
        for _ in range(20):
            await _first_content(runtime)
        hangs = True
        return await _first_content(runtime)


async def _first_content(runtime: Runtime) -> float:
    began, first = time.perf_counter(), float("inf")
    async with runtime.stream(_TASK) as stream:
        async for _ in stream:
            first = min(first, time.perf_counter() - began)
    return first


async def past_a_deaf_loser(quick: bool) -> float:
    """Milliseconds from the winner's answer to the task's, beside a loser that ignores its end."""
    won_at = 0.0

    async def winner(_task: Task) -> str:
        nonlocal won_at
        await asyncio.sleep(TAKES)
        won_at = time.perf_counter()
        return "answer"

    async def deaf(_task: Task) -> str:
        ends = time.perf_counter() + 0.2
        while (left := ends - time.perf_counter()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue
        return "late"

    found: list[float] = []
    async with Runtime(models=models(deaf, winner)) as runtime:
        for _ in range(2 if quick else _ROUNDS):
            await runtime.execute(_TASK, strategy="parallel")
            found.append((time.perf_counter() - won_at) * 1e3)
    return median(found)


MOMENTS = (
    Moment("first task past a dead primary", 5.0, "ms", past_a_dead_primary),
    Moment("first task past a broken body", 10.0, "ms", past_a_broken_body),
    Moment("first task past a 429", 10.0, "ms", past_a_429),
    Moment("answered of 500 at once on one model", 500, "", five_hundred, at_least=True),
    Moment(
        "four dead models and a flaky one", 100.0, "%", four_dead_and_a_flaky_one, at_least=True
    ),
    Moment("parked by a Retry-After in 2096", 3600.0, "s", parked_by_an_epoch),
    Moment("back by the operator", 10.0, "ms", back_by_the_operator),
    Moment("first content past a hang", 2.1, "s", past_a_hang),
    Moment("answer past a deaf loser", 1.0, "ms after it", past_a_deaf_loser),
)
