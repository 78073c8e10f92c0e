"""How long an operator's `trip` in one process takes until another process has it."""

from __future__ import annotations

import asyncio
import os
import time
from statistics import median, quantiles

from hive_resilience import Runtime
from hive_resilience.events import CircuitChanged

MODEL = "m"
MEDIAN, P99, LOADED = 0.010, 0.050, 1.0
"""Seconds: the bars of an idle machine, and of a loaded one."""
IDLE = "HIVE_TEST_IDLE"
"""Set it on a quiet machine: then the bars of an idle one have to hold."""


def state(runtime: Runtime) -> str:
    return runtime.snapshot().models[MODEL].breaker.state


async def until(runtime: Runtime, wanted: str) -> None:
    async with asyncio.timeout(30.0):
        while state(runtime) != wanted:
            await asyncio.sleep(0.0005)


async def took(one: Runtime, other: Runtime, times: int) -> list[float]:
    """The seconds of so many trips; each is taken back before the next.

    The other runtime tells of it: it would be busy if it were asked all the time.
    """
    moves = other.events(CircuitChanged)
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        one.model(MODEL).trip()
        assert (await anext(moves)).after == "open"
        found.append(time.perf_counter() - began)
        one.model(MODEL).reset()
        assert (await anext(moves)).after == "closed"
        await asyncio.sleep(0.01)
    return found


def judge(over: str, found: list[float]) -> None:
    """Print the figures; they hold against the bars of this machine."""
    middle, last = median(found), quantiles(found, n=100, method="inclusive")[98]
    told = ", ".join(
        f"{name} {1e3 * one:.1f} ms" for name, one in (("median", middle), ("p99", last))
    )
    print(f"{len(found)} trips over {over}: {told}, max {1e3 * max(found):.1f} ms")
    if os.environ.get(IDLE):
        assert (middle <= MEDIAN, last <= P99) == (True, True), told
    else:
        assert middle <= LOADED, told
