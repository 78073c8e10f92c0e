"""What a chunk costs on its way through the runtime, beside a generator read across one queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from hive_resilience import Chunk, ModelConfig, Runtime, Task
from hive_resilience.config import BulkheadConfig

from ..measuring.timing import Case, Run

QUEUE = "bare generator across one queue, a chunk"
SLOW_QUEUE = "bare waiting generator across one queue, a chunk"
_TARGET = 3.0
_CHUNKS = 1_000
"""Chunks of one stream."""
_AHEAD = 16
_TASK = Task("prompt")
_END = object()
_CHUNK = Chunk("chunk", model="m", rate_limits={"x-ratelimit-remaining-requests": "9"})


async def chunks(_task: Task) -> AsyncIterator[str]:
    """A model that is faster than its reader."""
    for _ in range(_CHUNKS):
        yield "chunk"


async def waiting_chunks(_task: Task) -> AsyncIterator[str]:
    """A model whose reader waits for each chunk."""
    for _ in range(_CHUNKS):
        await asyncio.sleep(0)
        yield "chunk"


async def adapter_chunks(_task: Task) -> AsyncIterator[Chunk]:
    """A model behind an adapter, each of whose chunks has the answer's headers."""
    for _ in range(_CHUNKS):
        yield _CHUNK


async def stream_cases(stack: AsyncExitStack) -> list[Case]:
    """Starts the fleets; they stop with `stack`."""
    quick = await _fleet(stack, chunks)
    adapter = await _fleet(stack, adapter_chunks)
    waiting = await _fleet(stack, waiting_chunks)
    return [
        Case(QUEUE, _bare(chunks), QUEUE, calls=_CHUNKS),
        Case("stream, a chunk", _through(quick), QUEUE, _TARGET, calls=_CHUNKS),
        Case("stream of an adapter, a chunk", _through(adapter), QUEUE, _TARGET, calls=_CHUNKS),
        Case(SLOW_QUEUE, _bare(waiting_chunks), SLOW_QUEUE, calls=_CHUNKS),
        Case("stream that waits, a chunk", _through(waiting), SLOW_QUEUE, _TARGET, calls=_CHUNKS),
    ]


async def _fleet(stack: AsyncExitStack, executor: object) -> Runtime:
    model = ModelConfig(id="m", executor=executor, bulkhead=BulkheadConfig(max_concurrent=10_000))
    return await stack.enter_async_context(Runtime(models=[model]))


def _bare(executor: object) -> Run:
    async def run(calls: int) -> None:
        assert callable(executor)
        read = 0
        while read < calls:
            queue: asyncio.Queue[object] = asyncio.Queue(_AHEAD)
            writer = asyncio.create_task(_write(executor(_TASK), queue))
            while await queue.get() is not _END:
                read += 1
            await writer

    return run


async def _write(source: AsyncIterator[str], queue: asyncio.Queue[object]) -> None:
    async for chunk in source:
        await queue.put(chunk)
    await queue.put(_END)


def _through(runtime: Runtime) -> Run:
    async def run(calls: int) -> None:
        read = 0
        while read < calls:
            async with runtime.stream(_TASK) as stream:
                async for _ in stream:
                    read += 1

    return run
