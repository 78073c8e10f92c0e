"""One of three models fails while tasks keep coming: which side sees it, how fast, at what cost.

Open load: a task is sent when it is due, whether or not the last one is done. Spans are shortened
for all sides alike, so that an outage fits into seconds: limit of an attempt 0.5 s, recovery after
1 s, probes every 0.5 s while a model is out. Our bulkheads have 100 places, for the bursts of a
machine that stands still now and then; all else is each side's default. Slow calls count for our
breaker only where it is told what slow is: one more row does so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from ..measuring.load import quantile
from ..reporting.report import Cell, Part, Table, Target
from ..sides.everybody import ALL, missing
from ..sides.names import BARE, LITELLM, OURS
from ..sides.side import Setting, Side
from .faults import FAULTS, FaultyModel
from .timeline import Phases, Timeline

RATE = 1_000
_RATES = {LITELLM: 50}
"""Tasks a second of those that cannot do so many: a core is theirs alone at some hundred."""
_PATIENCE = 2.0
"""Seconds after the end of the load, then a task that is not done has no answer."""
_HEADINGS = (
    *("", "tasks/s", "answered", "p50 ms before", "p99 before", "p99 at first", "p99 then"),
    *("p99 after", "wasted calls", "s to leave", "s to return"),
)
_ANSWERED, _SLOWER = 99.9, 1.5
_SLOW_CALL = 0.1
_TOLD = "ours, slow_call 0.1 s"


async def measure(quick: bool) -> Part:
    """Every fault, on every side but the bare one, which has nothing to set against it."""
    part = Part("outage")
    phases = Phases(0.1, 0.2, 0.2, 0.1) if quick else Phases(1.0, 0.5, 2.0, 2.0)
    absent = {} if quick else await missing()
    names = [OURS] if quick else [name for name in ALL if name != BARE and name not in absent]
    for fault in FAULTS[:1] if quick else FAULTS:
        lines: list[tuple[Cell, ...]] = []
        for name in _with_told(names, fault):
            timeline = await _outage(name, fault, phases)
            lines.append(_row(name, timeline))
            if name == (_TOLD if fault == "slow" else OURS):
                part.targets.extend(_targets(fault, timeline))
        lines.extend((f"{name} (missing)", *(None,) * 10) for name in absent)
        title = f"One of three models is {fault} for {phases.first + phases.rest:g} s"
        part.tables.append(Table(title, _HEADINGS, tuple(lines)))
    return part


def _with_told(names: list[str], fault: str) -> list[str]:
    return [OURS, _TOLD, *names[1:]] if fault == "slow" else names


async def _outage(name: str, fault: str, phases: Phases) -> Timeline:
    rate = _RATES.get(name, RATE)
    async with AsyncExitStack() as stack:
        models = [FaultyModel() for _ in range(3)]
        setting = Setting(
            tuple(models),
            in_flight=100,
            timeout=0.5,
            recovery=1.0,
            probe_interval=3.0,
            slow_call=_SLOW_CALL if name == _TOLD else None,
        )
        side = await ALL[OURS if name == _TOLD else name](setting, stack)
        await _check(side)
        timeline = Timeline(phases, models[0])
        timeline.begin(time.perf_counter())
        plan = asyncio.create_task(_break(models[0], fault, phases))
        await _send(side, rate, timeline)
        await plan
        return timeline


async def _break(model: FaultyModel, fault: str, phases: Phases) -> None:
    await asyncio.sleep(phases.before)
    model.fail(fault)
    await asyncio.sleep(phases.first + phases.rest)
    model.heal()


async def _send(side: Side, rate: int, timeline: Timeline) -> None:
    assert side.call is not None
    running: set[asyncio.Task[None]] = set()
    for number in range(int(rate * timeline.phases.total)):
        due = timeline.started + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(_one(side.call, due, timeline))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running, timeout=_PATIENCE)
    late = set(running)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def _one(call: Callable[[], Awaitable[object]], due: float, timeline: Timeline) -> None:
    try:
        result = await call()
    except Exception:  # whatever a side raises: the task was not answered
        timeline.ended(due, time.perf_counter(), answered=False)
        return
    except asyncio.CancelledError:
        timeline.ended(due, time.perf_counter(), answered=False)
        raise
    timeline.ended(due, time.perf_counter(), answered=getattr(result, "success", True))


async def _check(side: Side) -> None:
    assert side.call is not None
    for _ in range(20):
        await side.call()


def _row(name: str, timeline: Timeline) -> tuple[Cell, ...]:
    before = timeline.latencies("before")
    tails = (quantile(timeline.latencies(one), 0.99) * 1e3 for one in ("first", "rest", "after"))
    return (
        name,
        _RATES.get(name, RATE),
        f"{timeline.answered:.2%}",
        quantile(before, 0.5) * 1e3,
        quantile(before, 0.99) * 1e3,
        *tails,
        timeline.wasted,
        timeline.time_to_leave(),
        timeline.time_to_return(),
    )


def _targets(fault: str, timeline: Timeline) -> list[Target]:
    before = quantile(timeline.latencies("before"), 0.99)
    slower = quantile(timeline.latencies("rest"), 0.99) / before if before else None
    return [
        Target(f"answered, a model {fault}", timeline.answered * 100, _ANSWERED, "%", True),
        Target(f"p99 once it has opened, a model {fault}", slower, _SLOWER, "x before"),
    ]
