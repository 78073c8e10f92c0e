"""What protection costs beside the bare call: its parts, the whole way, threads, crashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack

from ..measuring.timing import Row
from ..measuring.timing import measure as measure_cases
from ..reporting.report import Cell, Part, Table, Target
from .crossings import crossing_cases, hops
from .paths import path_cases
from .policies import bare_cases, policy_cases
from .streams import stream_cases
from .supervision import supervision_cases
from .throughput import throughputs

_HEADINGS = ("", "median us", "best us", "ratio", "best ratio", "spread", "target")
_ADDED = {
    "execute, 1 in flight": "added by execute, 1 in flight",
    "execute, 100 in flight": "added by execute, 100 in flight",
    "execute that waits once, 100 in flight": "added by execute that waits once, 100 in flight",
}
_MOST_ADDED = 2.0


async def measure(quick: bool) -> Part:
    """CPU time a call, in interleaved rounds; then the throughput of many callers."""
    rounds, share = (3, 0.1) if quick else (31, 1.0)
    async with AsyncExitStack() as stack:
        cases = [*bare_cases(), *policy_cases(), *await path_cases(stack)]
        cases.extend(await crossing_cases(stack))
        cases.extend(await stream_cases(stack))
        cases.extend(await supervision_cases(stack))
        rows = await measure_cases(cases, rounds=rounds, share=share)
    table, targets = await throughputs(quick)
    no_hop = Target("thread hops past an open breaker", await hops(), 0.0, "of the tasks")
    return Part("costs", [_table(rows), table], [*_targets(rows), *targets, no_hop])


def _table(rows: Iterable[Row]) -> Table:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.against, []).append(row)
    lines = tuple(_line(row) for group in groups.values() for row in group)
    notes = ("us: CPU time of the process a call; ratio: to the bare call above it",)
    return Table("CPU time a call", _HEADINGS, lines, notes)


def _line(row: Row) -> tuple[Cell, ...]:
    if row.name == row.against:
        return (row.name, row.median_us, row.best_us, 1.0, 1.0, "", "")
    target = "" if row.target is None else f"{row.target:g}: {row.verdict}"
    ratios = (row.ratio, row.best_ratio, f"{row.spread:.0%}")
    return (f"  {row.name}", row.median_us, row.best_us, *ratios, target)


def _targets(rows: Iterable[Row]) -> Iterator[Target]:
    for row in rows:
        if row.name in _ADDED:
            # The bare task is in both: what is left of the ratio is what protection adds.
            yield Target(_ADDED[row.name], row.ratio - 1, _MOST_ADDED, f"x {row.against}")
        elif row.target is not None:
            yield Target(row.name, row.ratio, row.target, f"x {row.against}")
