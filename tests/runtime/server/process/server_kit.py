"""A small application behind the server, and clients that write bytes."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import uvloop

from hive_resilience.runtime.server.limits import ServerLimits
from hive_resilience.runtime.server.process.server import Server

T = TypeVar("T")
LIMIT = 10.0
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
HOST = b"Host: a\r\n"
MOST = b"x" * 65_536
"""A part of a stream."""


def on(loop: str, work: Coroutine[Any, Any, T], limit: float = LIMIT) -> T:
    """Runs a test's coroutine; it fails where it would hang."""

    async def limited() -> T:
        async with asyncio.timeout(limit):
            return await work

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(limited())


def story(work: Coroutine[Any, Any, T]) -> T:
    """As `on`, on the loop that the server uses."""
    return on("uvloop", work)


class SmallApplication:
    """Echoes what it is asked, holds an answer back, streams; and notes what it has seen."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.bodies: list[bytes] = []
        self.disconnected = 0
        self.draining = False
        self.parts = 0
        """Parts of streams that were sent."""
        self.arrived = asyncio.Event()
        self.let_go = asyncio.Event()
        self.interrupted = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        self.arrived.set()
        match scope["path"]:
            case "/early":
                await self._answer(send, b"early")
            case "/held":
                await self._read(receive)
                await self.let_go.wait()
                await self._answer(send, b"held")
            case "/late":
                await self.let_go.wait()
                await self._answer(send, await self._read(receive) or b"")
            case "/stream":
                await self._stream(send)
            case "/flood":
                await self._flood(send)
            case _:
                body = await self._read(receive)
                if body is not None:
                    await self._answer(send, body)

    def begin_drain(self) -> None:
        self.draining = True

    async def interrupt(self) -> None:
        self.interrupted.set()
        self.let_go.set()

    async def _read(self, receive: Any) -> bytes | None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnected += 1
                return None
            body += bytes(message["body"])
            if not message["more_body"]:
                self.bodies.append(body)
                return body

    async def _answer(self, send: Any, body: bytes) -> None:
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first ", "more_body": True})
        await self.let_go.wait()
        last = b"interrupted" if self.interrupted.is_set() else b"last"
        await send({"type": "http.response.body", "body": last})

    async def _flood(self, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not self.let_go.is_set():
            await send({"type": "http.response.body", "body": MOST, "more_body": True})
            self.parts += 1
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


class Served:
    """A server under test."""

    def __init__(self, application: SmallApplication, server: Server, port: int) -> None:
        self.application = application
        self.server = server
        self.port = port

    async def connect(self) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        return Client(reader, writer)

    async def answer_to(self, request: bytes) -> bytes:
        """All that comes for these bytes, until the server closes."""
        async with await self.connect() as client:
            client.send(request)
            return await client.rest()

    async def serves(self) -> bool:
        """Whether it answers another client."""
        answer = await self.answer_to(get("/", b"Connection: close\r\n"))
        return answer.startswith(b"HTTP/1.1 200")


class Client:
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def rest(self) -> bytes:
        """What comes until the end."""
        return await self.reader.read()

    async def answer(self) -> tuple[bytes, bytes]:
        """The headers and the body of one answer with a length."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        return head, await self.reader.readexactly(length)


def listening() -> socket.socket:
    """A socket on a free port of this machine."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@asynccontextmanager
async def serving(**limits: Any) -> AsyncGenerator[Served, None]:
    """A server with these limits, until the end of the block."""
    application = SmallApplication()
    server = Server(application, limits=ServerLimits(**limits))
    bound = listening()
    await server.start([bound])
    try:
        yield Served(application, server, bound.getsockname()[1])
    finally:
        application.let_go.set()
        await server.drain(0.3)


def get(path: str = "/", more: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\n%s%s\r\n" % (path.encode(), HOST, more)


def post(body: bytes, more: bytes = b"", path: str = "/") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST %s HTTP/1.1\r\n%s%s%s\r\n%s" % (path.encode(), HOST, length, more, body)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def told(answer: bytes) -> dict[str, Any]:
    """The error in an answer of the server itself."""
    found: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return found
