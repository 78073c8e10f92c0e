"""A server on a real socket that does to each request what its script says."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class FaultyServer:
    """Gives the n-th request the n-th behaviour; what comes after the last one gets the last."""

    def __init__(self, *script: Behaviour) -> None:
        self._script = list(script)
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[Request] = []
        self.arrived = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.transport.is_closing():
                self.requests.append(await _read_request(reader))
                self.arrived.set()
                behaviour = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                await behaviour(writer)
                if behaviour is hang or getattr(behaviour, "stalls", False):
                    await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.hung_up.set()
            writer.transport.abort()


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


def answer(
    status: int = 200, body: object = b"", headers: dict[str, str] | None = None
) -> Behaviour:
    """Answer with a status and a body: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, len(content), headers or {}) + content)
        await writer.drain()

    return behave


def completion(content: str | None = "Hello", **extra: Any) -> dict[str, Any]:
    """The body of a good answer; `extra` goes into the choice."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, **extra}
    return {"id": "c1", "model": "served", "choices": [choice], "usage": {"total_tokens": 7}}


def packed_zeros(size: int) -> Behaviour:
    """Answer with a small body that unpacks to `size` bytes."""
    return answer(200, gzip.compress(bytes(size)), {"Content-Encoding": "gzip"})


async def hang(writer: asyncio.StreamWriter) -> None:
    """Never answer; ends when the client goes."""


async def close_without_answer(writer: asyncio.StreamWriter) -> None:
    """Close the connection once the request is read."""
    writer.close()


async def close_mid_answer(writer: asyncio.StreamWriter) -> None:
    """Announce more than is sent, then close in good order."""
    writer.write(_head(200, 1000, {}) + b'{"choices": [')
    writer.close()


async def reset_mid_answer(writer: asyncio.StreamWriter) -> None:
    """Announce more than is sent, then let the kernel send a reset."""
    writer.write(_head(200, 1000, {}) + b'{"choices": [')
    await reset(writer)


async def reset(writer: asyncio.StreamWriter) -> None:
    """Let the kernel send a reset in place of a good end."""
    await writer.drain()
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def speak_no_http(writer: asyncio.StreamWriter) -> None:
    """Answer in another language."""
    writer.write(b"the secret answer of a telnet server\r\n\r\n")
    writer.close()


def _head(status: int, length: int, headers: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in {**headers, "Content-Length": length}.items()]
    return "\r\n".join([f"HTTP/1.1 {status} -", *lines, "", ""]).encode()


@contextmanager
def refusing_url() -> Generator[str, None, None]:
    """A base URL whose port is taken and listens to nobody."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/v1"


def run(story: Coroutine[Any, Any, T], *, limit: float = 20.0) -> T:
    """Run a story on a loop of its own; it must leave no task and no socket behind."""
    before = _open_files()
    result = asyncio.run(_leaving_no_task(story, limit))
    assert _open_files() <= before
    return result


async def _leaving_no_task(story: Coroutine[Any, Any, T], limit: float) -> T:
    async with asyncio.timeout(limit):
        result = await story
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return result


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
