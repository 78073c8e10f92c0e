"""The promises of the project, one by one, with default settings and without a hand.

In virtual time: what is counted here is what the rules decide, and no microsecond. One row runs
with real processes and sockets, as a check of that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from math import exp

from hive_resilience.testing import run_virtual

from ..reporting.report import Cell, Part, Table, Target
from .faulty_model import FIVE, SLOWER, SPREAD, FaultOf
from .over_sockets import over_sockets
from .trial import SATURATED, USUAL, Seen, Story, trial

SEEDS = (1, 2, 3)
_HEADINGS = (
    *("", "tasks", "availability %", "detected s", "recovery s", "affected %", "added latency %"),
    *("remaining capacity %", "by hand"),
)
_SLOW = 3.0
"""Times as long as usual: a task beyond that was affected."""
_PLACES, _ATTEMPT = 100, 30.0
"""Defaults: calls at once of a model, and seconds of an attempt."""
_SETTLED = 30.0


class Row:
    """One kind of fault: the worst of all seeds."""

    def __init__(self, name: str, usual: list[Seen], saturated: list[Seen], left: float) -> None:
        self.name = name
        self.tasks = sum(len(one.tasks) for one in usual)
        self.availability = min(one.availability for one in usual) * 100
        self.detected = _worst(_after(one) for one in usual)
        self.recovery = _worst(one.recovery for one in usual)
        self.affected = max(one.affected(one.usual * _SLOW) for one in usual) * 100
        self.added = _worst(_percent(one.added) for one in usual)
        capacity = [one.goodput(_SETTLED) / left for one in saturated]
        self.capacity = min(capacity) * 100 if capacity else None
        unrecovered = sum(one.recovery is None for one in usual)
        self.by_hand = 100 * unrecovered / len(usual)

    def cells(self) -> tuple[Cell, ...]:
        """The row of the table."""
        return (
            *(self.name, self.tasks, f"{self.availability:.3f}", self.detected, self.recovery),
            *(self.affected, self.added, self.capacity, self.by_hand),
        )

    def targets(self) -> list[Target]:
        """The original's success metrics."""
        about = f", {self.name}"
        return [
            Target(f"availability{about}", self.availability, 99.9, "%", True),
            Target(f"recovery{about}", self.recovery, 30.0, "s"),
            Target(f"affected operations{about}", self.affected, 5.0, "%"),
            Target(f"latency added in fallback{about}", self.added, 10.0, "%"),
            Target(f"remaining capacity used{about}", self.capacity, 90.0, "%", True),
            Target(f"by hand{about}", self.by_hand, 1.0, "%"),
        ]


async def measure(quick: bool) -> Part:
    """Five faults, the hang, and one of them with real sockets."""
    part = Part("promises")
    seeds = SEEDS[:1] if quick else SEEDS
    usual = Story(10.0, 15.0, 35.0, 10.0, 0.5) if quick else USUAL
    saturated = Story(5.0, 40.0, 0.0, 55.0, 4.0) if quick else SATURATED
    # First, while nothing else runs here.
    real = Row("refused, real sockets", [await over_sockets(quick)], [], 1.0)
    rows: list[tuple[Cell, ...]] = []
    for fault in FIVE:
        row = await asyncio.to_thread(_row, fault, seeds, usual, saturated)
        rows.append(row.cells())
        print(*row.cells(), flush=True)
        part.targets.extend(row.targets())
    hang = await asyncio.to_thread(_hang, seeds, usual, quick)
    rows.append(hang.cells())
    part.targets.append(Target("detection, hang", hang.detected, _ATTEMPT + 1.0, "s"))
    rows.append(real.cells())
    part.targets.extend(one for one in real.targets() if one.figure is not None)
    part.tables.append(Table(_title(usual, seeds), _HEADINGS, tuple(rows), _NOTES))
    return part


_NOTES = (
    "The worst of the seeds. Virtual time, but for the last row; the models are equal.",
    "Recovery: from the end of the fault to the first answer of the model. Affected: tasks sent",
    f"in the fault that failed, met it, or took {_SLOW:g} times as long as usual. Added latency:",
    "tasks sent after the detection, against those before the fault. Capacity: more tasks than",
    "the models that are left can take, against what they can. Detected -: never.",
)


def _title(story: Story, seeds: tuple[int, ...]) -> str:
    told = f"The first of three models fails for {story.fault:g} s of "
    whole = story.before + story.fault + story.after
    return f"{told}{whole:g}, {story.rate:g} tasks/s, {len(seeds)} seeds, default settings"


def _row(fault: FaultOf, seeds: tuple[int, ...], usual: Story, saturated: Story) -> Row:
    seen = [run_virtual(trial(fault, usual, seed)) for seed in seeds]
    full = [run_virtual(trial(fault, saturated, seed)) for seed in seeds]
    mean = saturated.median * exp(SPREAD**2 / 2)
    left = 2.0 + (1.0 / SLOWER if fault is FaultOf.SLOW else 0.0)
    return Row(fault, seen, full, left * _PLACES / mean)


def _hang(seeds: tuple[int, ...], usual: Story, quick: bool) -> Row:
    story = Story(10.0, 40.0, 20.0, 5.0, 0.5) if quick else usual
    return Row(FaultOf.HANG, [run_virtual(trial(FaultOf.HANG, story, s)) for s in seeds], [], 1.0)


def _after(seen: Seen) -> float | None:
    return None if seen.detected is None else seen.detected - seen.began


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _worst(figures: Iterable[float | None]) -> float | None:
    """The largest; None where one of them is missing."""
    found = list(figures)
    known = [one for one in found if one is not None]
    return max(known) if len(known) == len(found) else None
