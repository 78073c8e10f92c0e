"""From 10 to 10,000 models: what starting, stopping, keeping and using them costs.

Each size runs in processes of its own (`python -m benchmarks.scale.probe`).
"""

from __future__ import annotations

from typing import Any

from ..measuring.subprocesses import run_module
from ..reporting.report import Cell, Part, Table, Target

SIZES = (10, 1_000, 10_000)
_RUNS = 2
_LEAST = (
    *("start", "start_cpu", "stop", "stop_cpu"),
    *("resident_bytes", "traced_bytes", "threads"),
)
_KIB = 1024


async def measure(quick: bool) -> Part:
    """The best of some processes each: what remains without the machine's noise."""
    runs, sizes = (1, (10, 100)) if quick else (_RUNS, SIZES)
    found = {size: await _best(size, runs, quick) for size in sizes}
    part = Part("scale", [_life(found), _costs(found)])
    part.targets.extend(_targets(found[sizes[0]], found[sizes[-1]]))
    return part


async def _best(size: int, runs: int, quick: bool) -> dict[str, Any]:
    share = "0.05" if quick else "1"
    taken = []
    for _ in range(runs):
        one = await run_module("benchmarks.scale.probe", str(size), share)
        if one is None:
            raise RuntimeError(f"the probe of {size} models failed; run it by hand")
        taken.append(one)
    best = dict(taken[0])
    for name in _LEAST:
        best[name] = min(one[name] for one in taken)
    best["costs"] = {name: min(one["costs"][name] for one in taken) for name in taken[0]["costs"]}
    return best


def _life(found: dict[int, dict[str, Any]]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{size:,} models",
            one["start"] * 1e3,
            one["start_cpu"] * 1e3,
            one["stop"] * 1e3,
            one["stop_cpu"] * 1e3,
            one["resident_bytes"] / size / _KIB,
            one["traced_bytes"] / size / _KIB,
            one["threads"],
        )
        for size, one in found.items()
    )
    headings = (
        *("", "start ms", "CPU ms", "stop ms", "CPU ms"),
        *("resident KiB a model", "traced KiB a model", "threads"),
    )
    notes = (
        "resident: growth of the process from before the settings were made until all had started;",
        "traced: what tracemalloc counts for the same, in a process of its own",
    )
    return Table("Life of a fleet", headings, rows, notes)


def _costs(found: dict[int, dict[str, Any]]) -> Table:
    names = list(next(iter(found.values()))["costs"])
    first = next(iter(found))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            *(one["costs"][name] for one in found.values()),
            found[max(found)]["costs"][name] / found[first]["costs"][name],
        )
        for name in names
    )
    headings = ("CPU us a task", *(f"{size:,} models" for size in found), "most : least")
    return Table("Cost of a task", headings, rows)


def _targets(least: dict[str, Any], most: dict[str, Any]) -> list[Target]:
    size = most["size"]
    ratios = {name: most["costs"][name] / least["costs"][name] for name in most["costs"]}
    return [
        Target("memory of a model", most["traced_bytes"] / size / _KIB, 8.0, "KiB"),
        Target(f"start of {size:,} models", most["start"], 1.0, "s"),
        Target(f"stop of {size:,} models", most["stop"], 0.5, "s"),
        Target(f"threads of {size:,} models", float(most["threads"]), 1.0),
        *(
            Target(f"cost a task at {size:,} models, {name}", ratios[name], 1.5, "x at 10")
            for name in ratios
            if name.endswith(", 1 in flight")
        ),
    ]
