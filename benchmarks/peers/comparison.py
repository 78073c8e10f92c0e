"""In process, beside others: what a call costs here and elsewhere.

All sides take turns in short rounds. A side that takes 100 times as long gets fewer calls and
fewer rounds, never another load.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from ..measuring import models
from ..measuring.load import Sample, Summary, sample, sample_from_threads, summary
from ..reporting.report import Cell, Part, Table, Target
from ..sides.everybody import ALL, missing
from ..sides.names import BARE, LANGCHAIN, LITELLM, OURS, PYDANTIC_AI
from ..sides.side import Breakers, Setting, Side

_HEADINGS = (
    *("", "CPU us", "spread", "p50 us", "p99 us", "calls/s", "rounds", "x ours"),
    "x bare",
)
_STORIES = {
    "success": Breakers.DEFAULT,
    "primary fails": Breakers.NEVER_OPEN,
    "primary open": Breakers.FIRST_OPEN,
}
_ROUND = 0.04
"""Seconds of CPU that a side may use in a round, unless it needs more for one call each."""
_LONG = 1.0
"""Seconds from which on a round for finding out how long it takes counts as a measurement."""
_WANTED = {LITELLM: 150.0, PYDANTIC_AI: 10.0, LANGCHAIN: 10.0}


@dataclass(frozen=True, slots=True)
class Group:
    """A load that all sides get."""

    story: str
    executor: str
    in_flight: int
    blocking: bool = False

    def __str__(self) -> str:
        callers = "blocking callers" if self.blocking else "async callers"
        return f"{self.story}, {self.executor} executor, {self.in_flight} in flight, {callers}"

    def setting(self) -> Setting:
        """What the sides are made for."""
        quick = self.executor == "instant"
        fails = self.story != "success"
        if self.blocking:
            good = models.instant_blocking if quick else models.slow_blocking
            first = models.failing_blocking if fails else good
            return Setting(
                blocking=(first, good), in_flight=self.in_flight, breakers=_STORIES[self.story]
            )
        answers = models.instant if quick else models.slow
        primary = models.failing if fails else answers
        return Setting((primary, answers), (), self.in_flight, _STORIES[self.story])


@dataclass(slots=True)
class _Turns:
    """One side's rounds; `seconds` are what it has used of its share."""

    side: Side
    calls: int = 1
    samples: list[Sample] = field(default_factory=list)
    seconds: float = 0.0


def groups(quick: bool) -> Iterator[Group]:
    """Every load of the comparison; a quick run takes one of each kind."""
    if quick:
        yield from (Group(story, "instant", 1) for story in _STORIES)
        yield Group("success", "instant", 4, blocking=True)
        return
    for executor in ("instant", "5 ms"):
        for story in _STORIES:
            for in_flight in (1, 100, 1000):
                yield Group(story, executor, in_flight)
    for story in _STORIES:
        for in_flight in (1, 100):
            yield Group(story, "instant", in_flight, blocking=True)
    yield Group("success", "5 ms", 100, blocking=True)


async def measure(quick: bool) -> Part:
    """Measure all groups, and say which sides could not take part."""
    part = Part("peers")
    absent = await missing()
    names = [name for name in ALL if name not in absent]
    found: dict[Group, dict[str, Summary]] = {}
    for group in groups(quick):
        found[group] = await _measured(group, names, quick)
        part.tables.append(_table(group, found[group], absent))
    part.targets.extend(_targets(found))
    return part


async def _measured(group: Group, names: Sequence[str], quick: bool) -> dict[str, Summary]:
    async with AsyncExitStack() as stack:
        setting = group.setting()
        turns = [_Turns(await ALL[name](setting, stack)) for name in names]
        for one in turns:
            await _warm_up(one, group, quick)
        rounds, share = (2, 0.1) if quick else (7, 1.0)
        for _ in range(rounds):
            for one in turns:
                if one.seconds < share or not one.samples:
                    await _round(one, group)
        gc.unfreeze()
    return {one.side.name: summary(one.samples) for one in turns}


async def _warm_up(one: _Turns, group: Group, quick: bool) -> None:
    """Find how many calls make up a round."""
    one.calls = group.in_flight
    await _round(one, group)
    if one.seconds < _LONG:
        await _round(one, group)
    taken = one.samples[-1]
    share = _ROUND / 20 if quick else _ROUND
    a_call = max(taken.cpu, taken.wall / 10) / taken.calls
    one.calls = max(group.in_flight, int(share / a_call))
    if taken.wall < _LONG:
        one.samples.clear()
        one.seconds = 0.0


async def _round(one: _Turns, group: Group) -> None:
    gc.collect()  # what the side before has left shall not be collected at this one's expense
    gc.freeze()
    started = time.perf_counter()
    if group.blocking:
        assert one.side.call_blocking is not None
        call = one.side.call_blocking
        found = await asyncio.to_thread(sample_from_threads, call, group.in_flight, one.calls)
    else:
        assert one.side.call is not None
        found = await sample(one.side.call, group.in_flight, one.calls)
    one.samples.append(found)
    one.seconds += time.perf_counter() - started


def _table(group: Group, found: dict[str, Summary], absent: dict[str, str]) -> Table:
    ours, bare = found.get(OURS), found.get(BARE)
    rows: list[tuple[Cell, ...]] = []
    for name in ALL:
        one = found.get(name)
        if one is None:
            rows.append((f"{name} (missing)", *(None,) * (len(_HEADINGS) - 1)))
            continue
        figures = (one.cpu_us, f"{one.spread:.0%}", one.p50_us, one.p99_us, one.per_second)
        ratios = (_ratio(one, ours), _ratio(one, bare))
        rows.append((name, *figures, one.rounds, *ratios))
    notes = tuple(f"missing: {name}: {reason}" for name, reason in absent.items())
    return Table(str(group), _HEADINGS, tuple(rows), notes)


def _targets(found: dict[Group, dict[str, Summary]]) -> Iterator[Target]:
    for story in _STORIES:
        summaries = found.get(Group(story, "instant", 1), {})
        for name, wanted in _WANTED.items():
            ratio = _ratio(summaries.get(name), summaries.get(OURS))
            yield Target(f"{name}: its CPU a call, {story}", ratio, wanted, "x ours", at_least=True)
    skipped = found[Group("primary open", "instant", 1)][OURS]
    ratio = _ratio(skipped, found[Group("success", "instant", 1)][OURS])
    yield Target("skipping an open breaker", ratio, 1.3, "x a success")


def _ratio(one: Summary | None, other: Summary | None) -> float | None:
    return one.cpu_us / other.cpu_us if one and other and other.cpu_us else None
