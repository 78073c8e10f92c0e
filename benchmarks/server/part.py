"""The part `server`: what a request through the server costs, here and elsewhere."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from ..http.upstream import upstream
from ..reporting.report import Cell, Part, Table, Target
from .client import Load, load, request
from .gateways import GATEWAYS, LITELLM, OURS, PORTKEY, Gateway, fetch_peers, running
from .mixed import growth_mib
from .streams import Crowd, chunk_us, crowd

DIRECT = "the upstream, directly"
_BODY = b'{"model":"%b","messages":[{"role":"user","content":"Hi"}]}'
_CONNECTIONS = (1, 16, 64)
_CALLS = {1: 1_000, 16: 4_000, 64: 4_000}
_SLOW = 500
"""Requests a second; below it a gateway makes fewer calls, which is enough for its figures."""
Loads = dict[str, dict[int, list[Load]]]


async def measure(quick: bool) -> Part:
    """All gateways in turns; the upstream and each gateway are processes of their own."""
    if not quick:
        await fetch_peers()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(upstream())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        gateways = {DIRECT: Gateway(int(url.rsplit(":", 1)[1]), 1)}
        for name in (OURS,) if quick else GATEWAYS:
            found = await stack.enter_async_context(running(name, url, folder))
            if found is not None:
                gateways[name] = found
        loads = await _loads(gateways, rounds=1 if quick else 5, share=0.05 if quick else 1.0)
        mine = gateways[OURS]
        dearer = await _open_breaker(mine, 100 if quick else 2_000)
        chunks = await chunk_us(mine, 8 if quick else 32, 1 if quick else 5)
        open_streams = await crowd(mine, 20 if quick else 1_000, slow=not quick)
        growth = await growth_mib(mine, 640 if quick else 100_000)
    missing = tuple(f"not installed here: {name}" for name in GATEWAYS if name not in gateways)
    tables = [_requests(loads, missing), _rest(dearer, chunks, open_streams, growth)]
    return Part("server", tables, _targets(loads, dearer, chunks, open_streams, growth))


async def _loads(gateways: dict[str, Gateway], rounds: int, share: float) -> Loads:
    found: Loads = {name: {many: [] for many in _CONNECTIONS} for name in gateways}
    for _ in range(rounds):
        for many in _CONNECTIONS:
            for name, gateway in gateways.items():
                slow = any(before.per_second < _SLOW for before in found[name][many])
                fewer = 0.2 if slow else 1.0
                calls = max(int(_CALLS[many] * share * fewer), many * 5)
                asked = request(gateway.path, _BODY % gateway.model.encode(), gateway.headers)
                one = await load(gateway.port, asked, many, calls, gateway.process)
                found[name][many].append(one)
                await asyncio.sleep(0.2)
    return found


async def _open_breaker(mine: Gateway, calls: int) -> float:
    """CPU of a request whose first model's breaker is open, against one to a good model."""
    asked = {name: request(mine.path, _BODY % name, mine.headers) for name in (b"one", b"out")}
    ratios: list[float] = []
    for _ in range(5):
        cost = {n: await load(mine.port, a, 16, calls, mine.process) for n, a in asked.items()}
        ratios.append(cost[b"out"].cpu_us / max(cost[b"one"].cpu_us, 1.0))
    return median(ratios)


def _middle(loads: list[Load], name: str) -> float:
    return median(float(getattr(one, name)) for one in loads)


def _added(loads: Loads, name: str, many: int, share: str) -> float:
    """Milliseconds on top of the upstream's own, in turns."""
    pairs = zip(loads[name][many], loads[DIRECT][many], strict=True)
    return median(float(getattr(one, share) - getattr(bare, share)) for one, bare in pairs)


def _requests(loads: Loads, missing: tuple[str, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for many in _CONNECTIONS:
        for name, found in loads.items():
            one = found[many]
            cpu = None if name == DIRECT else _middle(one, "cpu_us")
            rows.append(
                (
                    f"{many}: {name}",
                    *(_middle(one, "p50"), _middle(one, "p99")),
                    None if name == DIRECT else _added(loads, name, many, "p50"),
                    None if name == DIRECT else _added(loads, name, many, "p99"),
                    *(_middle(one, "per_second"), cpu, None if not cpu else 1e6 / cpu),
                )
            )
    headings = (
        *("connections", "p50 ms", "p99 ms", "added p50", "added p99"),
        *("a second", "CPU us", "a CPU second"),
    )
    notes = ("medians of the rounds, all in turns; CPU of the gateway's process and its children",)
    return Table("A request through a gateway", headings, tuple(rows), notes + missing)


def _rest(dearer: float, chunks: float, streams: Crowd, growth: float) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("a request past an open breaker, x a good one", dearer),
        ("us CPU a chunk of a stream", chunks),
        (f"whole of {streams.asked} streams at once", streams.whole),
        ("KiB each while open", streams.kib_each),
        ("MiB more after them", streams.left_mib),
        ("MiB more after many mixed requests", growth),
    )
    return Table("Streams and memory", ("", ""), rows)


def _targets(
    loads: Loads, dearer: float, chunks: float, streams: Crowd, growth: float
) -> list[Target]:
    ours = loads[OURS]
    found = [
        Target("server: added p50, 1 connection", _added(loads, OURS, 1, "p50"), 0.5, "ms"),
        Target("server: added p99, 1 connection", _added(loads, OURS, 1, "p99"), 2.0, "ms"),
        Target(
            "server: requests a CPU second, 16 connections",
            1e6 / max(_middle(ours[16], "cpu_us"), 1e-9),
            *(4_000.0, "", True),
        ),
        Target("server: a request past an open breaker", dearer, 1.1, "x"),
        Target("server: a chunk of a stream", chunks, 60.0, "us"),
        Target("server: whole streams", float(streams.whole), float(streams.asked), "", True),
        Target("server: an open stream", streams.kib_each, 60.0, "KiB"),
        Target("server: memory after the streams", streams.left_mib, 10.0, "MiB"),
        Target("server: memory after mixed requests", growth, 10.0, "MiB"),
    ]
    return found + _against(loads)


def _against(loads: Loads) -> list[Target]:
    """What is wanted beside the others, where they are here."""
    rate = {name: _middle(found[16], "per_second") for name, found in loads.items()}
    times = {n: rate[OURS] / rate[n] for n in (PORTKEY, LITELLM) if n in rate}
    added = None
    if PORTKEY in loads:
        added = _added(loads, OURS, 1, "p50") / _added(loads, PORTKEY, 1, "p50")
    return [
        Target("server: requests a second, x Portkey", times.get(PORTKEY), 8.0, "x", True),
        Target("server: added p50, x Portkey", added, 0.2, "x"),
        Target("server: requests a second, x LiteLLM", times.get(LITELLM), 80.0, "x", True),
    ]
