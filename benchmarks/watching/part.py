"""The part `watching`: what metrics, telemetry, history and alerts cost the tasks they watch.

All modes take turns within each round, each with a runtime of its own, and a ratio is taken within
a round. An interval of 95 % is that of the median of the rounds, by order statistics.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from math import comb
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hive_resilience import Runtime, Task

from ..http.side import MESSAGES
from ..http.upstream import upstream
from ..measuring.load import Sample, sample
from ..reporting.report import Part, Table, Target
from .modes import ALL, AT_ONCE, MODES, OFF, Mode, watched

_CPU, _P99_MS = 1.10, 0.2
_HEADINGS = ("", "CPU us a task", "ratio", "95 % interval", "p99 ms", "added p99 ms")
_NOTES = (
    f"{AT_ONCE} tasks at once; the CPU of the whole process, threads of exporters included",
    "ratio: CPU of a task beside the same with everything off, median of the rounds",
)


class Round(NamedTuple):
    """One round of one mode."""

    cpu: float
    p99: float


async def measure(quick: bool) -> Part:
    """Calls over HTTP, which the targets are about, then answers at once: only what is added."""
    rounds = 2 if quick else 21
    async with upstream() as url:
        over_http = await _rounds(f"{url}/v1", rounds, 60 if quick else 1_500)
    at_once = await _rounds(_answer, rounds, 200 if quick else 10_000)
    tables = [_table("Calls over HTTP", over_http), _table("Answers at once", at_once)]
    return Part("watching", tables, _targets(over_http))


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
    with TemporaryDirectory() as folder:
        async with watched(mode, executor, folder) as runtime:
            call = _call(runtime)
            await sample(call, AT_ONCE, max(AT_ONCE, tasks // 10))
            # At least a second, so that what happens once a second is in it.
            until = time.perf_counter() + 1.0
            taken: list[Sample] = []
            while not taken or (tasks > 1_000 and time.perf_counter() < until):
                taken.append(await sample(call, AT_ONCE, tasks))
    return _round(taken)


def _call(runtime: Runtime) -> Callable[[], Awaitable[object]]:
    async def call() -> object:
        return (await runtime.execute(Task({"messages": MESSAGES}))).unwrap()

    return call


def _round(taken: list[Sample]) -> Round:
    calls = sum(one.calls for one in taken)
    return Round(sum(one.cpu for one in taken) / calls, median(one.p99 for one in taken))


def _table(title: str, found: dict[str, list[Round]]) -> Table:
    rows = tuple(_row(name, found[name], found[OFF]) for name in found)
    return Table(title, _HEADINGS, rows, _NOTES)


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


def _targets(found: dict[str, list[Round]]) -> list[Target]:
    own, off = found[ALL], found[OFF]
    ratio, added = median(_ratios(own, off)), _added_p99(own, off) * 1e3
    return [
        Target("everything on: CPU of a call over HTTP", ratio, _CPU, "x everything off"),
        Target("everything on: added p99 of a call over HTTP", added, _P99_MS, "ms"),
    ]


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
