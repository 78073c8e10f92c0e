"""The first of two models refuses connections, or answers 503, while tasks keep coming."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.events import CircuitChanged

from ..measuring.load import quantile

RATE = 200
TAKES = 0.01
"""Seconds that a model takes."""
FAULTS = ("it refuses connections", "it answers 503")
_TASK = Task("prompt")


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds before the outage, of the outage, and after it."""

    before: float
    outage: float
    after: float


@dataclass(frozen=True, slots=True)
class Found:
    """`before` is the p99, the next three are longest tasks; seconds. `calls`: in the outage.

    `returned` is when the model has served again, counted from its return; None: not yet.
    """

    tasks: int
    answered: float
    before: float
    longest_before: float
    until_open: float
    once_open: float
    calls: int
    returned: float | None


class ServerError(Exception):
    """As an HTTP client raises it."""

    status_code = 503


class Primary:
    """Answers after 10 ms, and a health check at once, unless it is out."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self.back_at = float("inf")
        self.calls_when_out = 0
        self.served_again: float | None = None

    async def execute(self, _task: Task, _context: object) -> str:
        if self.fault is not None:
            self.calls_when_out += 1
        await self._fail()
        await asyncio.sleep(TAKES)
        if self.served_again is None and time.perf_counter() >= self.back_at:
            self.served_again = time.perf_counter() - self.back_at
        return "answer"

    async def check_health(self) -> None:
        await self._fail()

    async def _fail(self) -> None:
        if self.fault == FAULTS[0]:
            raise ConnectionRefusedError("the model refuses connections")
        if self.fault is not None:
            raise ServerError("the model is unavailable")


async def healthy(_task: Task) -> str:
    await asyncio.sleep(TAKES)
    return "answer"


class _Load:
    """All tasks: when each was due, how long it took, whether it was answered."""

    def __init__(self) -> None:
        self.ended: list[tuple[float, float, bool]] = []
        self.opened_at = float("inf")

    def longest(self, since: float, until: float) -> float:
        return max((took for due, took, _ in self.ended if since <= due < until), default=0.0)


async def outage(fault: str, span: Span) -> Found:
    """One outage. The load is the same before, in and after it."""
    # The libraries of the other parts are half a million objects: a full collection of those took
    # 36 to 90 ms of one task, which says nothing about a runtime.
    gc.collect()
    gc.freeze()
    primary, load = Primary(), _Load()
    models = [
        ModelConfig(id="primary", executor=primary),
        ModelConfig(id="second", executor=healthy),
    ]
    async with Runtime(models=models) as runtime:
        runtime.subscribe(lambda event: _note(load, event), CircuitChanged)
        started = time.perf_counter()
        begins, ends = started + span.before, started + span.before + span.outage
        switch = asyncio.create_task(_switch(primary, fault, begins, ends))
        await _send(runtime, load, started, span.before + span.outage + span.after)
        await switch
    opened = min(load.opened_at, ends)
    before = [took for due, took, _ in load.ended if due < begins]
    return Found(
        tasks=len(load.ended),
        answered=sum(answered for *_, answered in load.ended) / len(load.ended),
        before=quantile(before, 0.99),
        longest_before=max(before),
        until_open=load.longest(begins, opened),
        once_open=load.longest(opened, ends),
        calls=primary.calls_when_out,
        returned=primary.served_again,
    )


def _note(load: _Load, event: CircuitChanged) -> None:
    if event.model_id == "primary" and event.after == "open":
        load.opened_at = min(load.opened_at, time.perf_counter())


async def _switch(primary: Primary, fault: str, begins: float, ends: float) -> None:
    await asyncio.sleep(begins - time.perf_counter())
    primary.fault = fault
    await asyncio.sleep(ends - time.perf_counter())
    primary.fault, primary.back_at = None, time.perf_counter()


async def _send(runtime: Runtime, load: _Load, started: float, seconds: float) -> None:
    tasks: list[asyncio.Task[None]] = []
    for number in range(int(RATE * seconds)):
        due = started + number / RATE
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(_one(runtime, load, time.perf_counter())))
    await asyncio.gather(*tasks)


async def _one(runtime: Runtime, load: _Load, begun: float) -> None:
    result = await runtime.execute(_TASK)
    load.ended.append((begun, time.perf_counter() - begun, result.success))
