"""How many tasks a second 1,000 callers get through, with models that answer after 10 ms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median

from .models import failing
from .report import Cell, Table, Target
from .sides.ours import TASK, runtime_of
from .sides.side import Setting

IN_FLIGHT = 1_000
DELAY = 0.01
_SHARE, _SHARE_WITH_DEAD = 0.6, 0.8


async def _answer(_task: object = None) -> str:
    await asyncio.sleep(DELAY)
    return "answer"


async def throughputs(quick: bool) -> tuple[Table, list[Target]]:
    """Bare, through a healthy fleet, and through one whose primary is dead."""
    rounds, seconds = (2, 0.05) if quick else (5, 1.0)
    async with AsyncExitStack() as stack:
        setting = Setting(in_flight=IN_FLIGHT)
        healthy = await stack.enter_async_context(runtime_of(setting, (_answer, _answer)))
        dead = await stack.enter_async_context(runtime_of(setting, (failing, _answer)))
        sides: dict[str, Callable[[], Awaitable[object]]] = {
            "bare await": _answer,
            "execute": lambda: healthy.execute(TASK),
            "execute, primary dead": lambda: dead.execute(TASK),
        }
        found: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(rounds + 1):
            for name, call in sides.items():
                rate = await _rate(call, seconds)
                if number:  # in the first one the dead model's breaker opens
                    found[name].append(rate)
    rates = {name: median(values) for name, values in found.items()}
    bare = rates["bare await"]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, rate, rate / bare, min(found[name]), max(found[name]))
        for name, rate in rates.items()
    )
    headings = ("", "tasks/s", "of bare", "least", "most")
    table = Table("Throughput: 1,000 callers, models of 10 ms", headings, rows)
    ratio = rates["execute, primary dead"] / rates["execute"]
    return table, [
        Target("throughput, 1,000 in flight", rates["execute"] / bare, _SHARE, "x bare", True),
        Target("throughput with a dead primary", ratio, _SHARE_WITH_DEAD, "x healthy", True),
    ]


async def _rate(call: Callable[[], Awaitable[object]], seconds: float) -> float:
    done = 0
    until = time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await call()
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*[caller() for _ in range(IN_FLIGHT)])
    return done / (time.perf_counter() - started)
