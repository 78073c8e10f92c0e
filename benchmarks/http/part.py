"""The part `http`: a whole call and a chunk of a stream, here and elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from time import process_time

from ..measuring.subprocesses import run_module
from ..measuring.timing import Case, Row
from ..measuring.timing import measure as time_all
from ..reporting.report import Cell, Part, Table, Target
from .everybody import AIOHTTP, ALL, OURS, OVER_HTTPX2, there_are
from .probe import CROWD
from .upstream import EVENTS, upstream

_AT_ONCE = 32
_CALL, _BEFORE, _CHUNK_US, _KIB = 1.6, 0.35, 60.0, 40.0
_QUICK = (AIOHTTP, OURS, OVER_HTTPX2)
_ON_CPU = "CPU time of the client's process, all threads; the server is a process of its own"


async def measure(quick: bool) -> Part:
    """All sides in one run."""
    async with upstream() as url:
        names = list(_QUICK) if quick else await there_are(url)
        async with AsyncExitStack() as stack:
            sides = {name: await ALL[name](url, stack) for name in names}
            calls = {name: partial(_many, side.call, _AT_ONCE) for name, side in sides.items()}
            at_once = 4 if quick else _AT_ONCE
            streams = {name: partial(_chunks, side.stream, at_once) for name, side in sides.items()}
            few = await _timed(calls, 400, quick)
            chunks = await _timed(streams, at_once * EVENTS, quick)
        probed = {name: await _probe(name, url, quick) for name in names}
    return Part(
        "http", [_calls(few, probed), _streams(chunks, probed)], _targets(few, chunks, probed)
    )


async def _timed(
    runs: Mapping[str, Callable[[int], Awaitable[float | None]]], calls: int, quick: bool
) -> dict[str, Row]:
    cases = [Case(name, run, AIOHTTP, calls=calls) for name, run in runs.items()]
    rows = await time_all(cases, rounds=2 if quick else 5, share=0.1 if quick else 1.0)
    return {row.name: row for row in rows}


async def _many(call: Callable[[], Awaitable[object]], at_once: int, calls: int) -> None:
    left = calls

    async def caller() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            with suppress(Exception):  # `probe` counts those that are answered
                await call()

    await asyncio.gather(*(caller() for _ in range(min(at_once, calls))))


async def _chunks(stream: Callable[[], Awaitable[int]], at_once: int, chunks: int) -> float:
    """The same time a chunk, whatever a side makes of the events at both ends."""
    started = process_time()
    counted = await asyncio.gather(*(stream() for _ in range(at_once)))
    if min(counted) < EVENTS:
        raise ValueError(f"a stream had {min(counted)} chunks in place of {EVENTS}")
    return (process_time() - started) / (at_once * EVENTS) * chunks


async def _probe(name: str, url: str, quick: bool) -> dict[str, float]:
    found = await run_module("benchmarks.http.probe", name, url, "20" if quick else str(CROWD))
    return found or {}


def _calls(few: dict[str, Row], probed: dict[str, dict[str, float]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, row in few.items():
        found = probed[name]
        crowd, answered, stale = map(found.get, ("crowd_us", "answered", "stale"))
        rows.append((name, row.median_us, row.ratio, crowd, answered, stale))
    headings = (
        *("", f"us, {_AT_ONCE} at once", "x aiohttp"),
        *(f"us, {CROWD} at once", f"answered of {CROWD}", "of 12 stale"),
    )
    notes = (
        _ON_CPU,
        "of 12 stale: answered by a server that closes each connection at its second use",
    )
    return Table("A whole call", headings, tuple(rows), notes)


def _streams(chunks: dict[str, Row], probed: dict[str, dict[str, float]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (name, row.median_us, row.ratio, probed[name].get("kib_a_stream"))
        for name, row in chunks.items()
    ]
    headings = ("", "us a chunk", "x aiohttp", "KiB an open stream")
    return Table("Streams", headings, tuple(rows), (_ON_CPU,))


def _targets(
    few: dict[str, Row], chunks: dict[str, Row], probed: dict[str, dict[str, float]]
) -> list[Target]:
    ours, found = few[OURS], probed[OURS]
    before = ours.median_us / few[OVER_HTTPX2].median_us if OVER_HTTPX2 in few else None
    return [
        Target("a whole call, against bare aiohttp", ours.ratio, _CALL, "x"),
        Target("a whole call, against ours over httpx2", before, _BEFORE, "x"),
        Target("a chunk of a stream", chunks[OURS].median_us, _CHUNK_US, "us"),
        Target("an open stream", found.get("kib_a_stream"), _KIB, "KiB"),
        Target(f"answered of {CROWD} at once", found.get("answered"), CROWD, at_least=True),
        Target("answered of 12 over stale connections", found.get("stale"), 12, at_least=True),
    ]
