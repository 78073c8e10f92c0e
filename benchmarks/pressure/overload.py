"""Three times as many tasks as the models can take: what they still answer.

One model takes 25 calls of 25 ms at once, so it can answer nearly 1,000 a second; how many it does
answer is measured with 25 bare callers, before and after. Three times 1,000 a second are sent, 20 %
of them with high priority, 50 % normal, 30 % low. Up to 500 may wait.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig

from ..measuring.load import quantile
from ..measuring.surroundings import resident_mib
from ..reporting.report import Cell, Table, Target

_PLACES, _DELAY = 25, 0.025
_RATE = 3 * _PLACES / _DELAY
_QUEUE = 500
_MIX = ("high", "high", *("normal",) * 5, *("low",) * 3)
_GOODPUT, _GROWTH = 0.9, 50.0


async def overloaded(quick: bool) -> tuple[Table, list[Target]]:
    """By priority: what was sent, answered and shed, and how long it took."""
    seconds = 0.3 if quick else 5.0
    settings = GlobalConfig(max_concurrent_requests=_PLACES, max_queued_requests=_QUEUE)
    model = ModelConfig(id="only", executor=_answer)
    async with Runtime(RuntimeConfig(global_=settings), models=[model]) as runtime:
        before = resident_mib()
        load = _Load(runtime)
        capacities = [await _capacity(seconds / 5)]
        await load.send(seconds)
        capacities.append(await _capacity(seconds / 5))
        grown = resident_mib() - before
    capacity = sum(capacities) / 2
    answered = sum(load.answered.values()) / load.seconds / capacity
    rows: tuple[tuple[Cell, ...], ...] = tuple(load.row(name) for name in ("high", "normal", "low"))
    headings = ("priority", "sent", "answered", "shed", "p50 ms", "p99 ms")
    notes = (
        f"capacity {capacity:.0f} a second, goodput {answered:.1%} of it; "
        f"memory grew by {grown:.1f} MiB",
    )
    table = Table("Three times its capacity", headings, rows, notes)
    shed = load.sent["high"] - load.answered["high"]
    return table, [
        Target("goodput at 3x its capacity", answered, _GOODPUT, "of capacity", True),
        Target("high-priority tasks shed", float(shed), 0.0),
        Target("memory grown in overload", grown, _GROWTH, "MiB"),
    ]


async def _answer(_task: Task) -> str:
    await asyncio.sleep(_DELAY)
    return "answer"


async def _capacity(seconds: float) -> float:
    """Answers a second with all places taken all the time, bare."""
    done, started = 0, time.perf_counter()

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await asyncio.sleep(_DELAY)
            done += 1

    await asyncio.gather(*[caller() for _ in range(_PLACES)])
    return done / (time.perf_counter() - started)


class _Load:
    """Sends what is due, whether or not the last is done, and counts what comes back."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.sent: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.latencies: dict[str, list[float]] = {name: [] for name in _MIX}
        self.seconds = 0.0

    async def send(self, seconds: float) -> None:
        """For so long, then wait for all that is under way."""
        running: set[asyncio.Task[None]] = set()
        started = time.perf_counter()
        for number in range(int(_RATE * seconds)):
            due = started + number / _RATE
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(self._one(_MIX[number * 7 % len(_MIX)], due))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        self.seconds = time.perf_counter() - started

    async def _one(self, priority: str, due: float) -> None:
        self.sent[priority] += 1
        result = await self._runtime.execute(Task("prompt", priority=priority))
        if result.success:
            self.answered[priority] += 1
            self.latencies[priority].append(time.perf_counter() - due)

    def row(self, priority: str) -> tuple[Cell, ...]:
        """One priority's line."""
        sent, answered = self.sent[priority], self.answered[priority]
        latencies = self.latencies[priority]
        times = (quantile(latencies, 0.5) * 1e3, quantile(latencies, 0.99) * 1e3)
        return (priority, sent, answered, sent - answered, *times)
