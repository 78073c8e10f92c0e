"""The part `cluster`: what it costs to share breakers and limits, and how fast news travel.

Without Ray, or with `--quick`, the owners are in this process, and what needs more is not measured.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from importlib.util import find_spec
from statistics import median

from hive_resilience import Runtime
from hive_resilience.events import CircuitChanged

from ..measuring.load import quantile
from ..reporting.report import Cell, Part, Table, Target
from .cost import a_runtime, costs
from .inside import join, owners_here
from .peer import DELAY, IN_FLIGHT, MOST_PEERS
from .peers import NO_CLUSTER, AskedPeer, a_cluster, peers

_IDLE, _TIMES, _MEDIAN_MS, _P99_MS = 0.005, 3.6, 10.0, 50.0
_IDLE_FOR, _LOAD_FOR, _LOADS = 40.0, 5.0, 3
_TRIPS = 200
_SETTLED = 0.02
"""Seconds between two verbs, so that no news of one is under way when the next is given."""


async def measure(quick: bool) -> Part:
    """Rounds in turns; a figure that needs Ray is a dash without it."""
    table, targets = await costs(quick, None)
    part = Part("cluster", [table], targets)
    trips = await _trips_here(20 if quick else _TRIPS)
    part.tables.append(_table_of_trips("Trip, owners and processes in one", trips))
    if quick or find_spec("ray") is None:
        part.targets.extend(_not_measured())
        return part
    async with a_cluster() as address:
        table, targets = await costs(quick, address)
        part.tables.append(table)
        part.targets.extend(targets)
        await _add_idle(part, address)
        await _add_throughput(part, address)
        await _add_trips(part, address)
    return part


# A process that does nothing.


async def _add_idle(part: Part, address: str) -> None:
    rows: list[tuple[Cell, ...]] = []
    for name, where in (("without a cluster", NO_CLUSTER), ("in a cluster", address)):
        async with peers(where, 1) as (peer,):
            await peer.ask("idle", 3.0)  # it joins, and Python's import is over
            found = await peer.ask("idle", _IDLE_FOR)
        rows.append((name, found["own"] * 100, found["link"] * 100))
    notes = (f"CPU time of {_IDLE_FOR:.0f} s, in % of a core",)
    part.tables.append(Table("An idle process", ("", "process", "its link"), tuple(rows), notes))
    part.targets.append(_target_of_idle(found["own"]))


def _target_of_idle(own: float | None) -> Target:
    return Target("an idle process in a cluster: share of a core", own, _IDLE)


# Many processes.


async def _add_throughput(part: Part, address: str) -> None:
    found: dict[int, list[float]] = {1: [], MOST_PEERS: []}
    async with peers(address, MOST_PEERS) as all_peers:
        await _load(all_peers, 2.0)  # their shares are those of busy processes
        for _ in range(_LOADS):
            for count, rates in found.items():
                rates.append(await _load(all_peers[:count], _LOAD_FOR))
    times = median(many / one for one, many in zip(*found.values(), strict=True))
    rows = tuple((f"{count} processes", median(rates)) for count, rates in found.items())
    notes = (f"{IN_FLIGHT} calls of {DELAY * 1e3:.0f} ms at once in each process, in turns",)
    part.tables.append(Table("Throughput of a cluster", ("", "calls/s"), rows, notes))
    part.targets.append(_target_of_throughput(times))


async def _load(loaded: list[AskedPeer], seconds: float) -> float:
    answers = await asyncio.gather(*(peer.ask("load", seconds) for peer in loaded))
    return float(sum(answer["per_second"] for answer in answers))


def _target_of_throughput(times: float | None) -> Target:
    name = f"{MOST_PEERS} processes, calls of {DELAY * 1e3:.0f} ms: throughput"
    return Target(name, times, _TIMES, "x that of one", at_least=True)


# An operator's verb.


async def _add_trips(part: Part, address: str) -> None:
    async with peers(address, MOST_PEERS) as (first, *others):
        await asyncio.sleep(1.0)
        trips = [await _trip(first, others) for _ in range(_TRIPS)]
    part.tables.append(_table_of_trips(f"Trip, {MOST_PEERS} processes", trips))
    part.targets.extend(_targets_of_trips(trips))


async def _trip(first: AskedPeer, others: list[AskedPeer]) -> float:
    """Seconds until the breaker has opened in all other processes."""
    told = await first.ask("trip")
    opened = await asyncio.gather(*(peer.until("open") for peer in others))
    await asyncio.sleep(_SETTLED)
    await first.ask("reset")
    await asyncio.gather(*(peer.until("closed") for peer in (first, *others)))
    await asyncio.sleep(_SETTLED)
    return max(opened) - float(told["at"])


async def _trips_here(times: int) -> list[float]:
    owners = owners_here()
    async with AsyncExitStack() as stack:
        runtimes: list[Runtime] = []
        for number in range(MOST_PEERS):
            runtime = join(a_runtime(), owners, f"peer-{number}")
            runtimes.append(await stack.enter_async_context(runtime))
        return [await _trip_here(runtimes) for _ in range(times)]


async def _trip_here(runtimes: list[Runtime]) -> float:
    first, *others = runtimes
    async with AsyncExitStack() as stack:
        moves = [runtime.events(CircuitChanged) for runtime in others]
        for each in moves:
            stack.push_async_callback(each.aclose)
        waiting = [asyncio.create_task(anext(each)) for each in moves]
        await asyncio.sleep(_SETTLED)
        began = time.time()
        first.model("model").trip("a benchmark")
        opened = await asyncio.gather(*waiting)
    first.model("model").reset()
    await asyncio.sleep(_SETTLED)
    return max(event.at.timestamp() for event in opened) - began


def _table_of_trips(title: str, trips: list[float]) -> Table:
    figures = (quantile(trips, 0.5), quantile(trips, 0.99), max(trips))
    row: tuple[Cell, ...] = ("until all others have opened", *(each * 1e3 for each in figures))
    return Table(title, ("", "median ms", "p99 ms", "most ms"), (row,), (f"{len(trips)} times",))


def _targets_of_trips(trips: list[float] | None) -> list[Target]:
    name = "trip on one process opens in all others"
    middle, most = ((quantile(trips, s) * 1e3 if trips else None) for s in (0.5, 0.99))
    return [
        Target(f"{name}, median", middle, _MEDIAN_MS, "ms"),
        Target(f"{name}, p99", most, _P99_MS, "ms"),
    ]


def _not_measured() -> list[Target]:
    return [_target_of_idle(None), _target_of_throughput(None), *_targets_of_trips(None)]
