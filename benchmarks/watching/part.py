"""The part `watching`: what metrics, telemetry, history and alerts cost the tasks they watch.

All modes take turns within each round, each with a runtime of its own, and a ratio is taken within
a round. An interval of 95 % is that of the median of the rounds, by order statistics.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from math import comb
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..http.upstream import upstream
from ..measuring.load import Sample, quantile, sample
from ..reporting.report import Cell, Part, Table, Target
from .modes import ALL, AT_ONCE, BARE, MODES, OFF, OURS, Call, Mode, watched

_CPU, _P99_MS, _THROUGHPUT = 1.10, 0.2, 0.9
_RATE = 200.0
"""Calls a second for the latency: a fraction of what the process can do in any mode."""
_HEADINGS = ("", "CPU us a task", "ratio", "95 % interval", "p99 ms", "added p99 ms")
_NOTES = (
    f"CPU: {AT_ONCE} tasks at once; the whole process, threads of exporters included, while the "
    "server is another process",
    "ratio: CPU of a task beside the same with everything off, median of the rounds",
    f"p99: {_RATE:g} tasks a second, from the moment at which each is due",
)
_LATE_HEADINGS = ("", "tasks a second", "ratio", "95 % interval")
_LATE_NOTES = (f"{AT_ONCE} tasks at once; ratio: beside everything off, median of the rounds",)


class Round(NamedTuple):
    """One round of one mode."""

    cpu: float
    """Seconds of a task."""
    per_second: float
    p99: float
    """Seconds, at a steady pace."""


async def measure(quick: bool) -> Part:
    """Calls over HTTP, which the targets are about, then answers at once: only what is added."""
    rounds = 2 if quick else 11
    async with upstream() as url:
        over_http = await _rounds(f"{url}/v1", rounds, 60 if quick else 1_500)
        late = await _rounds(f"{url}/late/v1", rounds, 64 if quick else 640)
    at_once = await _rounds(_answer, rounds, 200 if quick else 10_000)
    tables = [
        _table("Calls over HTTP", over_http),
        _table_of_late("Calls over HTTP that take 50 ms", late),
        _table("Answers at once", at_once),
    ]
    return Part("watching", tables, _targets(over_http, late))


async def _answer(_task: object) -> str:
    return "answer"


async def _rounds(executor: object, rounds: int, tasks: int) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {name: [] for name in MODES}
    quiet = logging.getLogger("hive_resilience")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)
    try:
        for number in range(rounds):
            order = list(MODES.items())
            for name, mode in order if number % 2 else reversed(order):
                found[name].append(await _one(mode, executor, tasks))
    finally:
        quiet.setLevel(level)
    return found


async def _one(mode: Mode, executor: object, tasks: int) -> Round:
    gc.collect()  # what the mode before has left is not this one's
    with TemporaryDirectory() as folder:
        async with watched(mode, executor, folder) as call:
            await sample(call, AT_ONCE, max(AT_ONCE, tasks // 10))
            # At least a second, so that what happens once a second is in it.
            until = time.perf_counter() + 1.0
            taken: list[Sample] = []
            while not taken or (tasks > 1_000 and time.perf_counter() < until):
                taken.append(await sample(call, AT_ONCE, tasks))
            p99 = await _paced(call, 400 if tasks > 1_000 else 20)
    calls = sum(one.calls for one in taken)
    cpu, wall = sum(one.cpu for one in taken), sum(one.wall for one in taken)
    return Round(cpu / calls, calls / wall, p99)


async def _paced(call: Call, calls: int) -> float:
    """The 99th percentile where calls come at a steady pace, whether those before are answered."""
    loop, latencies = asyncio.get_running_loop(), list[float]()
    begin = loop.time()

    async def one(due: float) -> None:
        await call()
        latencies.append(loop.time() - due)

    under_way: list[asyncio.Task[None]] = []
    for number in range(calls):
        due = begin + number / _RATE
        await asyncio.sleep(max(0.0, due - loop.time()))
        under_way.append(loop.create_task(one(due)))
    await asyncio.gather(*under_way)
    return quantile(latencies, 0.99)


def _table(title: str, found: dict[str, list[Round]]) -> Table:
    rows = tuple(_row(name, found[name], found[OFF]) for name in found)
    return Table(title, _HEADINGS, rows, _NOTES)


def _table_of_late(title: str, found: dict[str, list[Round]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, own in found.items():
        ratios = _throughputs(own, found[OFF])
        low, high = interval(ratios)
        each = f"{low:.3f} to {high:.3f}"
        rows.append((name, median(one.per_second for one in own), median(ratios), each))
    return Table(title, _LATE_HEADINGS, tuple(rows), _LATE_NOTES)


def _row(
    name: str, own: list[Round], off: list[Round]
) -> tuple[str, float, float, str, float, float]:
    ratios = _ratios(own, off)
    low, high = interval(ratios)
    cpu, p99 = median(one.cpu for one in own) * 1e6, median(one.p99 for one in own) * 1e3
    return name, cpu, median(ratios), f"{low:.3f} to {high:.3f}", p99, _added_p99(own, off) * 1e3


def _ratios(own: list[Round], off: list[Round]) -> list[float]:
    return [mine.cpu / theirs.cpu for mine, theirs in zip(own, off, strict=True)]


def _added_p99(own: list[Round], off: list[Round]) -> float:
    return median(mine.p99 - theirs.p99 for mine, theirs in zip(own, off, strict=True))


def _throughputs(own: list[Round], off: list[Round]) -> list[float]:
    return [mine.per_second / theirs.per_second for mine, theirs in zip(own, off, strict=True)]


def _targets(found: dict[str, list[Round]], late: dict[str, list[Round]]) -> list[Target]:
    own, off, alone, ours = found[ALL], found[OFF], found[BARE], found[OURS]
    throughput = median(_throughputs(late[ALL], late[OFF]))
    return [
        Target("everything on: throughput, 50 ms a call", throughput, _THROUGHPUT, "x off", True),
        Target("everything on: CPU of a call over HTTP", _ratio(own, off), _CPU, "x off"),
        Target("the same beside OTel's SDK alone", _ratio(own, alone), _CPU, "x the SDK alone"),
        Target("everything but OTel: CPU of a call over HTTP", _ratio(ours, off), _CPU, "x off"),
        Target("everything on: added p99", _added_p99(own, off) * 1e3, _P99_MS, "ms"),
        Target("everything but OTel: added p99", _added_p99(ours, off) * 1e3, _P99_MS, "ms"),
    ]


def _ratio(own: list[Round], off: list[Round]) -> float:
    return median(_ratios(own, off))


def interval(values: list[float], covers: float = 0.95) -> tuple[float, float]:
    """Between which two of the values the true median lies, with this probability at least.

    >>> interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
    (2.0, 8.0)
    """
    ordered, count = sorted(values), len(values)
    outside, below = 0.0, 0
    while below < count // 2:
        outside += comb(count, below) / 2**count
        if 2 * outside > 1 - covers:
            break
        below += 1
    below = max(below - 1, 0)
    return ordered[below], ordered[count - 1 - below]
