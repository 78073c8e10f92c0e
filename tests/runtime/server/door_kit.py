"""A front door over real sockets, in a thread, before an upstream that does what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop

from hive_resilience import Runtime, RuntimeConfig
from hive_resilience.config import ModelConfig
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.limits import ServerLimits
from hive_resilience.runtime.server.process.server import Server

from ..executors.faulty_server import Request, _read_request, reset

T = TypeVar("T")
Answer = Callable[["Reply", Request], Awaitable[None]]
EVERY = ("chat", "text_completion", "embedding", "response", "message", "rerank", "moderation")
SIDE = ("response_compact", "response_input_tokens", "message_tokens")
JSON = {"Content-Type": "application/json"}


class Reply:
    """The way back to one request of an upstream."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def whole(
        self, body: bytes, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """An answer with its length."""
        await self.head(status, {**JSON, **(headers or {}), "Content-Length": str(len(body))})
        await self.raw(body)

    async def head(self, status: int, headers: dict[str, str]) -> None:
        """Status and headers."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        await self.raw("\r\n".join([f"HTTP/1.1 {status} -", *lines, "", ""]).encode())

    async def events(self, *parts: bytes) -> None:
        """The head of a stream, and chunks of it; `end` or a cut follows."""
        await self.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        for part in parts:
            await self.chunk(part)

    async def chunk(self, part: bytes) -> None:
        """One chunk on the wire, if there is anything in it."""
        if part:
            await self.raw(b"%x\r\n%s\r\n" % (len(part), part))

    async def end(self) -> None:
        """The end of a chunked answer in good order."""
        await self.raw(b"0\r\n\r\n")

    async def raw(self, content: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(content)
        await self._writer.drain()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def reset(self) -> None:
        """Let the kernel reset the connection."""
        await reset(self._writer)

    async def stall(self) -> None:
        """Nothing more, until the client has gone."""
        while not self._writer.transport.is_closing():
            await asyncio.sleep(0.005)


class Upstream:
    """A model's server; `answer` says what it does to a request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.open = 0
        """Connections with a request under way."""
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.transport.is_closing():
                request = await _read_request(reader)
                self.requests.append(request)
                self.open += 1
                gone = asyncio.ensure_future(self._watch(reader, writer))
                try:
                    await self.answer(Reply(writer), request)
                finally:
                    self.open -= 1
                    gone.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await gone
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    async def _watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client sends nothing while it waits: what comes is its end."""
        while not reader.at_eof():
            await asyncio.sleep(0.005)
        writer.transport.abort()


class Door:
    """A running server: `url` with `/v1`, the runtime behind it, and the upstream behind that."""

    def __init__(self, loop: asyncio.AbstractEventLoop, upstream: Upstream, url: str) -> None:
        self.loop = loop
        self.upstream = upstream
        self.url = url
        self.root = url.removesuffix("/v1")
        self.runtime: Runtime
        self.app: Application

    def run(self, work: Coroutine[Any, Any, T], limit: float = 30.0) -> T:
        """Run work on the loop of the server."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(limit)

    async def until(self, holds: Callable[[], bool], within: float = 10.0) -> float:
        """Seconds until a condition holds, from now. Raises `TimeoutError`."""
        start = self.loop.time()
        async with asyncio.timeout(within):
            while not holds():
                await asyncio.sleep(0.002)
        return self.loop.time() - start


def settings_of(url: str, **more: Any) -> ModelConfig:
    """One model of all families, with nothing of its own between a fault and its caller."""
    config = {
        "id": "m",
        "endpoint": url,
        "families": [*EVERY, *SIDE],
        "retry": {"max_retries": 0},
        "circuit_breaker": {"enabled": False},
        "health_check": {"enabled": False},
        **more,
    }
    return ModelConfig.model_validate(config)


@contextmanager
def front_door(
    answer: Answer,
    *,
    limits: ServerLimits | None = None,
    more: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Generator[Door]:
    """A server before one model `m`; `more` are settings of the runtime, the rest the model's."""
    about: dict[str, Any] = dict(more or {})
    with asyncio_thread() as loop:
        upstream = Upstream(answer)

        async def start() -> tuple[Door, Server]:
            await upstream.start()
            config = RuntimeConfig(models=[settings_of(upstream.url, **settings)], **about)
            runtime = await Runtime(config).astart()
            app = Application(runtime, limits=limits)
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            server = Server(app, limits=limits)
            await server.start([listening])
            door = Door(loop, upstream, f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
            door.runtime, door.app = runtime, app
            return door, server

        door, server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        try:
            yield door
        finally:

            async def stop() -> None:
                await server.drain(1.0)
                await door.runtime.aclose()
                await upstream.stop()

            asyncio.run_coroutine_threadsafe(stop(), loop).result(60)


@contextmanager
def asyncio_thread() -> Generator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="front door")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def asked(request: Request) -> Any:
    """What a request asks, as fields."""
    return json.loads(request.body)
