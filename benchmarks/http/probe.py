"""One side in a process of its own: `python -m benchmarks.http.probe SIDE URL OPEN`."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from contextlib import AsyncExitStack
from time import process_time

from ..measuring.surroundings import resident_mib
from .everybody import ALL

CROWD = 500
_TURNS = 12
_SETTLED = 0.003
"""Seconds for each stream, until all of them have begun."""


async def _probed(name: str, url: str, streams: int) -> dict[str, float]:
    kib = await _open(name, url, streams)
    answered, seconds = await _crowd(name, url, streams)
    return {
        "kib_a_stream": kib,
        "answered": answered,
        "crowd_us": seconds / streams * 1e6,
        "stale": await _stale(name, url),
    }


async def _crowd(name: str, url: str, calls: int) -> tuple[int, float]:
    """How many of so many calls at once are answered, and the CPU seconds that all of them take."""
    async with AsyncExitStack() as stack:
        side = await ALL[name](url, stack)
        await side.call()
        started = process_time()
        found = await asyncio.gather(*(side.call() for _ in range(calls)), return_exceptions=True)
        taken = process_time() - started
        return sum(isinstance(one, str) and bool(one) for one in found), taken


async def _stale(name: str, url: str) -> int:
    """How many of 12 calls are answered by a server that closes a connection at its second use."""
    answered = 0
    async with AsyncExitStack() as stack:
        side = await ALL[name](f"{url}/stale", stack)
        for _ in range(_TURNS):
            try:
                answered += bool(await side.call())
            except Exception:
                continue
    return answered


async def _open(name: str, url: str, streams: int) -> float:
    """Resident KiB for each stream that has begun and waits for more."""
    async with AsyncExitStack() as stack:
        side = await ALL[name](f"{url}/open", stack)
        settled = 0.1 + _SETTLED * streams
        warm = [asyncio.ensure_future(side.stream()) for _ in range(20)]
        await asyncio.sleep(settled)
        gc.collect()
        before = resident_mib()
        reading = [asyncio.ensure_future(side.stream()) for _ in range(streams)]
        await asyncio.sleep(settled)
        gc.collect()
        found = (resident_mib() - before) * 1024 / streams
        for task in (*warm, *reading):
            task.cancel()
        await asyncio.gather(*warm, *reading, return_exceptions=True)
    return found


if __name__ == "__main__":
    asked, at, many = sys.argv[1:]
    print(json.dumps(asyncio.run(_probed(asked, at, int(many)))))
