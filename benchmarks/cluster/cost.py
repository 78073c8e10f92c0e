"""What a task costs in a process of a cluster, beside the same without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import BulkheadConfig, ClusterConfig

from ..measuring.models import instant
from ..measuring.timing import Case, Row, Run
from ..measuring.timing import measure as measure_cases
from ..reporting.report import Cell, Table, Target
from .inside import join, owners_here

AT_ONCE = 100
_MOST = 1.15
_TASK = Task("prompt")
_HEADINGS = ("", "median us", "best us", "ratio", "best ratio", "spread", "target")
_NOTES = (
    "us: CPU time of the process a task; ratio: to the same without a cluster, in turns with it",
    "the link, where there is one, is another process: see below",
)


async def costs(quick: bool, address: str | None) -> tuple[Table, list[Target]]:
    """Of the fleet at `address`; None: with owners in this process, which are measured too."""
    rounds, share = (3, 0.1) if quick else (31, 1.0)
    async with AsyncExitStack() as stack:
        alone = await stack.enter_async_context(a_runtime())
        shared = await stack.enter_async_context(_peer(address))
        await _rehearse(shared)
        rows = await measure_cases(_cases(alone, shared), rounds=rounds, share=share)
    through = "its owners in this process" if address is None else "its owners on Ray"
    return _table(f"Cost of a task, {through}", rows), _targets(rows, through)


def a_runtime(cluster: ClusterConfig | None = None) -> Runtime:
    """With one model, which answers at once."""
    bulkhead = BulkheadConfig(max_concurrent=2 * AT_ONCE)
    model = ModelConfig(id="model", executor=instant, bulkhead=bulkhead)
    return Runtime(models=[model], cluster=cluster)


def _peer(address: str | None) -> Runtime:
    if address is None:
        return join(a_runtime(), owners_here(), "peer")
    return a_runtime(ClusterConfig(address=address, name="costs", join_timeout=30.0))


async def _rehearse(runtime: Runtime) -> None:
    """Until its share is that of a busy process, so that no task waits for a place."""
    run = _at_once(runtime)
    while _places(runtime) < AT_ONCE:
        await run(AT_ONCE)
        await asyncio.sleep(0.01)


def _places(runtime: Runtime) -> int:
    cluster = runtime.snapshot().cluster
    assert cluster is not None
    return cluster.shares["model"].places


def _cases(alone: Runtime, shared: Runtime) -> list[Case]:
    one, many = "without a cluster, 1 in flight", f"without a cluster, {AT_ONCE} in flight"
    return [
        Case(one, _one_by_one(alone), one),
        Case("in a cluster, 1 in flight", _one_by_one(shared), one, _MOST),
        Case(many, _at_once(alone), many),
        Case(f"in a cluster, {AT_ONCE} in flight", _at_once(shared), many, _MOST),
    ]


def _one_by_one(runtime: Runtime) -> Run:
    async def run(calls: int) -> None:
        for _ in range(calls):
            result = await runtime.execute(_TASK)
        result.unwrap()

    return run


def _at_once(runtime: Runtime) -> Run:
    async def run(calls: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(max(1, calls // AT_ONCE)):
            tasks = [loop.create_task(runtime.execute(_TASK)) for _ in range(AT_ONCE)]
            results = await asyncio.gather(*tasks)
        for result in results:
            result.unwrap()

    return run


def _table(title: str, rows: Iterable[Row]) -> Table:
    return Table(title, _HEADINGS, tuple(_line(row) for row in rows), _NOTES)


def _line(row: Row) -> tuple[Cell, ...]:
    if row.name == row.against:
        return (row.name, row.median_us, row.best_us, 1.0, 1.0, "", "")
    target = "" if row.target is None else f"{row.target:g}: {row.verdict}"
    ratios = (row.ratio, row.best_ratio, f"{row.spread:.0%}")
    return (f"  {row.name}", row.median_us, row.best_us, *ratios, target)


def _targets(rows: Iterable[Row], through: str) -> list[Target]:
    return [
        Target(f"a task {row.name}, {through}", row.ratio, row.target, "x without")
        for row in rows
        if row.target is not None
    ]
