"""A client that costs little itself: one connection, one request after the other."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ..measuring.load import quantile

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What a server has done under so many connections; times in milliseconds, CPU in us a call."""

    calls: int
    per_second: float
    cpu_us: float
    p50: float
    p99: float


class Connection(asyncio.Protocol):
    """Keeps its connection; an answer is whole by its length, or by the last of its chunks."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and _is_whole(head.lower(), body) and self._answer is not None:
            self._received = b""
            self._answer.set_result(head + found + body)

    async def ask(self, request: bytes) -> bytes:
        """The whole answer, head and all."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


def request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST of a JSON body."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


async def connected(port: int, many: int) -> list[Connection]:
    """So many connections to a server of this machine."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", port) for _ in range(many)]
    return [protocol for _, protocol in made]


async def load(
    port: int, asked: bytes, connections: int, calls: int, process: int, *, good: bytes = b" 200 "
) -> Load:
    """Ask over and over, each connection in turn; `process` and its children are what costs."""
    clients = await connected(port, connections)
    latencies: list[float] = []

    async def caller(client: Connection, each: int) -> None:
        for _ in range(each):
            started = time.perf_counter()
            answer = await client.ask(asked)
            latencies.append(time.perf_counter() - started)
            if good not in answer[:20]:
                raise ValueError(answer[:300].decode("latin-1"))

    each = max(calls // connections, 1)
    try:
        await asyncio.gather(*(caller(client, max(each // 5, 1)) for client in clients))
        latencies.clear()
        cpu, started = cpu_seconds(process), time.perf_counter()
        await asyncio.gather(*(caller(client, each) for client in clients))
        taken, spent = time.perf_counter() - started, cpu_seconds(process) - cpu
    finally:
        for client in clients:
            client.close()
    many = len(latencies)
    p50, p99 = (quantile(latencies, share) * 1e3 for share in (0.5, 0.99))
    return Load(many, many / taken, spent / many * 1e6, p50, p99)


def cpu_seconds(process: int) -> float:
    """CPU time of a process and its living children (Linux)."""
    ticks = 0
    for one in (process, *_children(process)):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def resident_mib(process: int) -> float:
    """Resident memory of a process and its living children (Linux)."""
    pages = 0
    for one in (process, *_children(process)):
        pages += int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    try:
        return [int(one) for one in found.read_text(encoding="ascii").split()]
    except OSError:
        return []


def _is_whole(head: bytes, body: bytes) -> bool:
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return body.endswith(b"0\r\n\r\n")
