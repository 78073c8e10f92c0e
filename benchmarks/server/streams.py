"""Streams through a gateway: what a chunk costs, and what an open one holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from ..http.upstream import EVENTS, SLOW_EVENTS
from .client import cpu_seconds, request, resident_mib
from .gateways import Gateway

_BODY = b'{"model":"%b","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
_LAST = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many streams at once: how many were whole, and the memory while and after."""

    asked: int
    whole: int
    kib_each: float
    left_mib: float


class _Reader(asyncio.Protocol):
    """Counts the events of one stream."""

    def __init__(self) -> None:
        self.events = 0
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._tail = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.events += data.count(b"data: {")
        self._tail = (self._tail + data)[-64:]
        if self._tail.endswith(_LAST) and not self.done.done():
            self.done.set_result(b"[DONE]" in self._tail)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(False)


async def chunk_us(gateway: Gateway, streams: int, rounds: int) -> float:
    """CPU time of the gateway for one event; whole streams, their beginning and end included."""
    found: list[float] = []
    for _ in range(rounds):
        before = cpu_seconds(gateway.process)
        with _asked(gateway, await _readers(gateway, streams), gateway.model) as readers:
            whole = await asyncio.gather(*(reader.done for reader in readers))
        if not all(whole):
            raise ValueError("a stream was cut")
        found.append((cpu_seconds(gateway.process) - before) / streams / EVENTS * 1e6)
    return sorted(found)[len(found) // 2]


async def crowd(gateway: Gateway, streams: int, *, slow: bool) -> Crowd:
    """So many streams at once, slow ones for a minute; memory of the gateway alone."""
    model, seconds, events = ("slow", 60.0, SLOW_EVENTS) if slow else ("one", 1.0, EVENTS)
    await chunk_us(gateway, 16, 1)
    before = resident_mib(gateway.process)
    with _asked(gateway, await _readers(gateway, streams), model) as readers:
        await asyncio.sleep(seconds / 2)
        at_work = resident_mib(gateway.process)
        ends = asyncio.gather(*(reader.done for reader in readers))
        whole = await asyncio.wait_for(ends, seconds * 4)
    await asyncio.sleep(2.0)
    left = resident_mib(gateway.process) - before
    whole_ones = sum(
        end and reader.events >= events for end, reader in zip(whole, readers, strict=True)
    )
    return Crowd(streams, whole_ones, (at_work - before) * 1024 / streams, left)


async def _readers(gateway: Gateway, many: int) -> list[_Reader]:
    loop = asyncio.get_running_loop()
    made: list[_Reader] = []
    for _ in range(many):
        _, reader = await loop.create_connection(_Reader, "127.0.0.1", gateway.port)
        made.append(reader)
    return made


@contextmanager
def _asked(gateway: Gateway, readers: list[_Reader], model: str) -> Iterator[list[_Reader]]:
    asked = request(gateway.path, _BODY % model.encode(), gateway.headers)
    for reader in readers:
        assert reader.transport is not None
        reader.transport.write(asked)
    try:
        yield readers
    finally:
        for reader in readers:
            if reader.transport is not None:
                reader.transport.close()
