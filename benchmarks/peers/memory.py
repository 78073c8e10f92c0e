"""Memory after 100,000 calls of each side, in processes: `python -m benchmarks.peers.memory`."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from contextlib import AsyncExitStack

from ..measuring.models import instant
from ..measuring.subprocesses import run_module
from ..measuring.surroundings import resident_mib
from ..reporting.report import Cell, Part, Table
from ..sides.everybody import ALL
from ..sides.names import OURS
from ..sides.side import Setting

CALLS = 100_000
_WARM_UP = 200
_SECONDS = 12.0
"""A side that needs longer stops there, and the row says after how many calls."""


async def measure(quick: bool) -> Part:
    """A row for each side."""
    rows: list[tuple[Cell, ...]] = []
    seconds = 0.1 if quick else _SECONDS
    for name in (OURS,) if quick else ALL:
        found = await run_module("benchmarks.peers.memory", name, str(seconds))
        if found is None:
            rows.append((f"{name} (missing)", None, None, None, None))
            continue
        start, end, calls = found["start_mib"], found["end_mib"], found["calls"]
        rows.append((name, start, end, end - start, calls))
    headings = ("", "MiB at first", "MiB at last", "grown", "calls")
    return Part("memory", [Table("Resident memory after many calls", headings, tuple(rows))])


async def _calls(name: str, seconds: float) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        side = await ALL[name](Setting((instant, instant)), stack)
        assert side.call is not None
        for _ in range(_WARM_UP):
            await side.call()
        gc.collect()
        start, until, done = resident_mib(), time.monotonic() + seconds, 0
        while done < CALLS and time.monotonic() < until:
            await side.call()
            done += 1
        gc.collect()
        return {"start_mib": start, "end_mib": resident_mib(), "calls": done}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_calls(sys.argv[1], float(sys.argv[2])))))
