"""What a task costs in a process of a cluster, beside the same without one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import BulkheadConfig, ClusterConfig

from ..measuring.timing import Case, Row, Run
from ..measuring.timing import measure as measure_cases
from ..reporting.report import Cell, Table, Target
from .inside import join, owners_here

AT_ONCE = 100
_MOST = 1.15
_CALLS = 2_000
_TASK = Task("prompt")
_HEADINGS = ("", "median us", "best us", "ratio", "best ratio", "spread", "target")
_NOTES = (
    "us: CPU time of the process a task; ratio: to the same without a cluster, in turns with it",
    "a round begins once the share has a place for each call; the link is another process",
)


async def costs(quick: bool, address: str | None) -> tuple[Table, list[Target]]:
    """Of the fleet at `address`; None: with owners in this process, which are measured too."""
    rounds, share = (3, 0.1) if quick else (31, 1.0)
    async with AsyncExitStack() as stack:
        alone = await stack.enter_async_context(a_runtime())
        shared = await stack.enter_async_context(_peer(address))
        rows = await measure_cases(_cases(alone, shared), rounds=rounds, share=share)
    through = "its owners in this process" if address is None else "its owners on Ray"
    return _table(f"Cost of a task, {through}", rows), _targets(rows, through)


async def _answer(_task: object) -> str:
    """At once, after the others had their turn: all calls are in flight together."""
    await asyncio.sleep(0)
    return "answer"


def a_runtime(cluster: ClusterConfig | None = None) -> Runtime:
    """With one model, which answers at once."""
    bulkhead = BulkheadConfig(max_concurrent=2 * AT_ONCE)
    model = ModelConfig(id="model", executor=_answer, bulkhead=bulkhead)
    return Runtime(models=[model], cluster=cluster)


def _peer(address: str | None) -> Runtime:
    if address is None:
        return join(a_runtime(), owners_here(), "peer")
    return a_runtime(ClusterConfig(address=address, name="costs", join_timeout=30.0))


def _cases(alone: Runtime, shared: Runtime) -> list[Case]:
    cases: list[Case] = []
    for at_once in (1, AT_ONCE):
        against = f"without a cluster, {at_once} in flight"
        cases += [
            Case(against, _calls_of(alone, at_once), against, calls=_CALLS),
            Case(
                f"in a cluster, {at_once} in flight",
                _calls_of(shared, at_once),
                against,
                _MOST,
                calls=_CALLS,
            ),
        ]
    return cases


def _calls_of(runtime: Runtime, at_once: int) -> Run:
    """Callers that make their calls in turn, from when the share has a place for each of them."""

    async def run(calls: int) -> float:
        while _places(runtime) < at_once:
            await _call(runtime, at_once, at_once)
        began = time.process_time()
        await _call(runtime, at_once, calls)
        return time.process_time() - began

    return run


async def _call(runtime: Runtime, at_once: int, calls: int) -> None:
    async def caller() -> None:
        for _ in range(calls // at_once):
            (await runtime.execute(_TASK)).unwrap()

    await asyncio.gather(*(caller() for _ in range(at_once)))


def _places(runtime: Runtime) -> int:
    found = runtime.snapshot()
    shares = None if found.cluster is None else found.cluster.shares
    return found.models["model"].bulkhead.limit if shares is None else shares["model"].places


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
