"""A thousand streams at once: what they hold, and that they give it back."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator

from hive_resilience import Runtime, Stream, Task
from hive_resilience.config import BulkheadConfig
from tests.fleet_kit import assert_at_rest, fleet, model

STREAMS = 1000
CHUNKS = 32
KIB_A_STREAM = 16.0


async def words(task: Task) -> AsyncIterator[str]:
    await asyncio.sleep(0)
    for number in range(CHUNKS):
        yield f"{task.id} {number} "


async def half_read(runtime: Runtime) -> list[Stream]:
    """Each is under way, has been read a little, and what the buffer holds is read ahead."""
    streams = [await runtime.stream(Task("prompt")).__aenter__() for _ in range(STREAMS)]
    for stream in streams * (CHUNKS // 4):
        await anext(stream)
    return streams


async def read_to_the_end(streams: list[Stream]) -> None:
    for stream in streams:
        async for _ in stream:
            pass
        assert stream.result.success


def traced_kib() -> float:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1024


def test_a_thousand_streams_at_once_take_little_and_give_it_back() -> None:
    async def run() -> None:
        wide = model("m", words, bulkhead=BulkheadConfig(max_concurrent=STREAMS))
        async with fleet(wide) as runtime:
            tracemalloc.start()
            try:
                await read_to_the_end(await half_read(runtime))  # what is made once is there now
                before = traced_kib()
                streams = await half_read(runtime)
                assert runtime.snapshot().models["m"].under_way == STREAMS
                growth = (traced_kib() - before) / STREAMS
                await read_to_the_end(streams)
                streams.clear()
                left = (traced_kib() - before) / STREAMS
            finally:
                tracemalloc.stop()
            assert_at_rest(runtime)
        print(f"{growth:.2f} KiB a stream, {left:.3f} left")
        assert growth <= KIB_A_STREAM
        assert left < 0.1

    asyncio.run(run())
