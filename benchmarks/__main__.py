"""Measures what protection costs: `python -m benchmarks [--json FILE] [--quick]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from .paths import path_cases
from .policies import bare_cases, policy_cases
from .streams import stream_cases
from .supervision import supervision_cases
from .timing import Row, measure

_HEADINGS = ("", "median us", "best us", "ratio", "best ratio", "spread", "target")
_LINE = "{:<48} {:>9} {:>9} {:>7} {:>10} {:>7}  {}"


def main() -> None:
    """Measure, print a table, and write the rows as JSON where asked."""
    options = _options()
    before = _surroundings()
    print(" ".join(f"{key}: {value}  " for key, value in before.items()))
    rounds, share = (3, 0.1) if options.quick else (31, 1.0)
    rows = asyncio.run(_measure(rounds, share))
    print(table(rows))
    print("us: CPU time of the process a call; ratio: to the bare call above it")
    print(f"load average at the end: {_load()}")
    if options.json is not None:
        found = {**before, "rounds": rounds, "load_at_the_end": _load()}
        found["rows"] = [asdict(row) | {"verdict": row.verdict} for row in rows]
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def table(rows: Iterable[Row]) -> str:
    """The rows under the bare call that each is compared with."""
    lines, groups = [_LINE.format(*_HEADINGS)], dict[str, list[Row]]()
    for row in rows:
        groups.setdefault(row.against, []).append(row)
    for group in groups.values():
        lines.extend(_line(row) for row in group)
    return "\n".join(lines)


def _line(row: Row) -> str:
    figures = (f"{row.median_us:.2f}", f"{row.best_us:.2f}")
    if row.name == row.against:
        return _LINE.format(row.name, *figures, "1", "1", "", "").rstrip()
    target = "" if row.target is None else f"{row.target:g}: {row.verdict}"
    ratios = (f"{row.ratio:.2f}", f"{row.best_ratio:.2f}", f"{row.spread:.0%}")
    return _LINE.format("  " + row.name, *figures, *ratios, target).rstrip()


async def _measure(rounds: int, share: float) -> list[Row]:
    async with AsyncExitStack() as stack:
        cases = [*bare_cases(), *policy_cases(), *await path_cases(stack)]
        cases.extend(await stream_cases(stack))
        cases.extend(await supervision_cases(stack))
        return await measure(cases, rounds=rounds, share=share)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    return parser.parse_args()


def _surroundings() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.now(UTC).date().isoformat(),
        "load": _load(),
    }


def _load() -> str:
    """Of the last 1, 5 and 15 minutes; Windows has none."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


if __name__ == "__main__":
    main()
