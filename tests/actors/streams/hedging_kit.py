"""Streams that hang, and how long they took."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from hive_resilience import Runtime, Task

from .stream_kit import Read, Streaming, read

CUT = ConnectionError("cut")


class Hanging(Streaming):
    """Well for its first so many streams (20, by which its usual silence is known), then silent."""

    def __init__(self, well: int = 20, first: float = 0.1, hang: float = 1000.0) -> None:
        super().__init__()
        self.well = well
        self.first = first
        self.hang = hang

    async def __call__(self, task: Task) -> AsyncIterator[object]:
        self.script = (self.first if self.calls < self.well else self.hang, "slow")
        async for chunk in super().__call__(task):
            yield chunk


async def learn(runtime: Runtime, streams: int = 20) -> None:
    for _ in range(streams):
        await read(runtime)


async def timed(runtime: Runtime, **how: Any) -> tuple[Any, Read]:
    """The seconds to the first content, and what was read."""
    loop = asyncio.get_running_loop()
    began, first, found = loop.time(), 0.0, Read()
    async with runtime.stream(Task("prompt", timeout=60.0), **how) as stream:
        try:
            async for chunk in stream:
                first = first or loop.time() - began
                found.chunks.append(chunk)
        except Exception as error:
            found.error = error
    found.result = stream.result
    return first, found
