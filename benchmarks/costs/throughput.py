"""How many tasks a second 1,000 callers get through, with models that answer after 10 ms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median
from typing import NamedTuple

from ..measuring.models import failing
from ..reporting.report import Cell, Table, Target
from ..sides.ours import TASK, runtime_of
from ..sides.side import Setting

IN_FLIGHT = 1_000
DELAY = 0.01
BARE, HEALTHY, DEAD = "bare await", "execute", "execute, primary dead"
_LEAST, _LEAST_WITH_DEAD = 0.6, 0.8


class Rate(NamedTuple):
    """Tasks a second, by the clock on the wall and by that of the CPU."""

    per_second: float
    per_cpu: float


async def _answer(_task: object = None) -> str:
    await asyncio.sleep(DELAY)
    return "answer"


async def throughputs(quick: bool) -> tuple[Table, list[Target]]:
    """Bare, through a healthy fleet, and through one whose primary is dead; all in turns."""
    rounds, seconds = (2, 0.05) if quick else (15, 0.3)
    async with AsyncExitStack() as stack:
        setting = Setting(in_flight=IN_FLIGHT)
        healthy = await stack.enter_async_context(runtime_of(setting, (_answer, _answer)))
        dead = await stack.enter_async_context(runtime_of(setting, (failing, _answer)))
        sides: dict[str, Callable[[], Awaitable[object]]] = {
            BARE: _answer,
            HEALTHY: lambda: healthy.execute(TASK),
            DEAD: lambda: dead.execute(TASK),
        }
        await _rate(sides[DEAD], 1.5 * seconds)  # its breaker opens, and the first retries end
        rates: list[dict[str, Rate]] = []
        for _ in range(rounds):
            rates.append({name: await _rate(call, seconds) for name, call in sides.items()})
    rows: tuple[tuple[Cell, ...], ...] = tuple(_row(name, rates) for name in sides)
    headings = ("", "tasks/s", "of bare", "tasks per CPU s", "of bare", "least/s", "most/s")
    notes = ("medians of the rounds, and of the ratios within a round",)
    table = Table("Throughput: 1,000 callers, models of 10 ms", headings, rows, notes)
    return table, [
        Target("throughput, 1,000 in flight", _share(rates, HEALTHY, BARE), _LEAST, "x bare", True),
        Target(
            "throughput with a dead primary",
            _share(rates, DEAD, HEALTHY),
            _LEAST_WITH_DEAD,
            "x healthy",
            True,
        ),
    ]


def _row(name: str, rates: list[dict[str, Rate]]) -> tuple[Cell, ...]:
    own = [one[name] for one in rates]
    by_cpu = median(one[name].per_cpu / one[BARE].per_cpu for one in rates)
    return (
        name,
        median(one.per_second for one in own),
        _share(rates, name, BARE),
        median(one.per_cpu for one in own),
        by_cpu,
        min(one.per_second for one in own),
        max(one.per_second for one in own),
    )


def _share(rates: list[dict[str, Rate]], name: str, of: str) -> float:
    return median(one[name].per_second / one[of].per_second for one in rates)


async def _rate(call: Callable[[], Awaitable[object]], seconds: float) -> Rate:
    done = 0
    until = time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal done
        while True:  # once at least, however late it begins
            await call()
            done += 1
            if time.perf_counter() >= until:
                return

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*[caller() for _ in range(IN_FLIGHT)])
    return Rate(done / (time.perf_counter() - started), done / (time.process_time() - cpu))
