"""A receiver over HTTP on a socket of this machine, which behaves as a test says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Arrived:
    """One request, with the bytes that came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


BODY = "content-length: 2\r\n\r\nok"
BODILESS = "\r\n"
Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answers(status: int, *headers: str) -> Behaviour:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status} -", *headers])
        has_body = status not in (204, 304)
        writer.write(f"{head}\r\n{BODY if has_body else BODILESS}".encode())
        await writer.drain()

    return answer


async def hangs(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60.0)


async def closes(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def dribbles(writer: asyncio.StreamWriter) -> None:
    """Its head never ends."""
    writer.write(b"HTTP/1.1 200 -\r\n")
    while not writer.is_closing():
        writer.write(b"x-more: 1\r\n")
        await asyncio.sleep(0.01)


async def keeps_its_body(writer: asyncio.StreamWriter) -> None:
    """It has taken the message, and its answer never ends."""
    writer.write(b"HTTP/1.1 200 -\r\ncontent-length: 10\r\n\r\nhal")
    await asyncio.sleep(60.0)


@dataclass
class Receiver:
    """What has arrived; `then` is how it behaves, the last one for all that follows."""

    url: str
    then: list[Behaviour]
    arrived: list[Arrived] = field(default_factory=list[Arrived])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                self.arrived.append(await _read(reader))
                await (self.then.pop(0) if len(self.then) > 1 else self.then[0])(writer)
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Arrived:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Arrived(head[0], headers, body)


@asynccontextmanager
async def receiver(
    *then: Behaviour, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Receiver, None]:
    """One that listens; it answers 200 where nothing is said."""
    found = Receiver("", list(then) or [answers(200)])
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await found.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    found.url = f"https://localhost:{port}/it" if tls else f"http://127.0.0.1:{port}/it"
    try:
        yield found
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
