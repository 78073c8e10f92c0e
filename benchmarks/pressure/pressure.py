"""Under pressure: a neighbour that needs the CPU, three times too many tasks, floods of threads."""

from __future__ import annotations

import gc

from ..measuring.subprocesses import run_module
from ..reporting.report import Cell, Part, Table, Target
from .neighbour import beside_a_neighbour
from .overload import overloaded

_FLOODS = ("submit", "tell")
_GROWTH = 50.0


async def measure(quick: bool) -> Part:
    """All three; each flood in a process of its own."""
    part = Part("pressure")
    # What the peers' libraries have left shall not be collected at the expense of these: walking
    # through it takes 0.4 s.
    gc.collect()
    gc.freeze()
    for table, targets in (await beside_a_neighbour(quick), await overloaded(quick)):
        part.tables.append(table)
        part.targets.extend(targets)
    gc.unfreeze()
    rows: list[tuple[Cell, ...]] = []
    for way in _FLOODS[:1] if quick else _FLOODS:
        found = await run_module("benchmarks.pressure.flood", way, "0.3" if quick else "10")
        if found is None:
            raise RuntimeError(
                f"the flood by {way} failed; run python -m benchmarks.pressure.flood {way} 1"
            )
        grown: float = found["grown_mib"]
        rows.append((way, found["sent"], found["refused"], found["done"], grown))
        part.targets.append(Target(f"growth under a flood by {way}", grown, _GROWTH, "MiB"))
    headings = ("", "sent", "refused", "done", "MiB grown")
    title = "Four threads that send without waiting, for 10 s"
    part.tables.append(Table(title, headings, tuple(rows)))
    return part
