"""Streams in the soak: models that break them, and readers that leave them in every way."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

from hive_resilience import (
    ExecutionContext,
    Plan,
    ResilienceError,
    Runtime,
    Strategy,
    Stream,
    StreamRestarted,
    Task,
)

CUTS, STALLS, LEAVERS, DROPPERS = 0.1, 0.01, 0.15, 0.05
_END = "."
"""The last chunk of every whole answer."""


class StreamingModel:
    """Streams some words and a full stop; some streams are cut, and some stall."""

    async def execute(self, task: Task, context: ExecutionContext) -> object:
        """All of it at once."""
        if random.random() < 0.5:
            await asyncio.sleep(0)
        return task.payload

    async def stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[str]:
        """Word by word."""
        for _ in range(random.randrange(40)):
            if random.random() < 0.1:
                await asyncio.sleep(random.random() * 0.001)
            yield "word "
        lot = random.random()
        if lot < CUTS:
            raise ConnectionResetError("the line is broken")
        if lot < CUTS + STALLS:
            await asyncio.Event().wait()
        yield _END


def next_plan(strategy: Strategy) -> Plan:
    """Two models that stream, a model that cannot, and what follows a cut."""
    mode = random.choice(("raise", "restart", "continue"))
    return Plan("streaming", ("streaming too", "fast"), strategy=strategy, on_interrupt=mode)


async def read(runtime: Runtime, counts: Counter[str]) -> None:
    """Read a stream in some way, and count what became of it."""
    stream = runtime.stream(Task({"messages": []}), plan=next_plan(random.choice(list(Strategy))))
    lot = random.random()
    if lot < DROPPERS:
        with suppress(ResilienceError):
            await anext(stream, None)
        counts["cancelled"] += 1
    elif lot < DROPPERS + LEAVERS:
        async with stream:
            with suppress(ResilienceError):
                await anext(stream, None)
        counts["cancelled"] += 1
    else:
        counts[await _to_the_end(stream)] += 1


def read_in_a_thread(runtime: Runtime) -> str:
    """As `read` to the end, in a blocking program; the fate."""
    last: object = None
    try:
        with runtime.stream(Task({"messages": []}), plan=next_plan(Strategy.SEQUENTIAL)) as stream:
            for chunk in stream:
                last = chunk
    except ResilienceError:
        return "failed"
    return _fate(last)


async def _to_the_end(stream: Stream) -> str:
    last: object = None
    try:
        async with stream:
            async for chunk in stream:
                last = chunk
    except ResilienceError:
        return "failed"
    return _fate(last)


def _fate(last: object) -> str:
    """A stream of words that has no full stop was truncated; other models have other chunks."""
    truncated = isinstance(last, StreamRestarted) or last == "word "
    return "truncated" if truncated else "succeeded"
