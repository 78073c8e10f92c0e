"""The whole server on a socket: its application, its protocol, and a client that writes bytes."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.keys.keys import Keys
from hive_resilience.runtime.server.limits import ServerLimits
from hive_resilience.runtime.server.process.server import Server

from .keys.keys_kit import entry, write

T = TypeVar("T")
LIMIT = 20.0
BIG, SMALL = "meta/big", "small"
"""Models of a fleet; the id of the first has a slash."""
USE, READ, ADMIN, METRICS, EXPIRED = "k-use", "k-read", "k-admin", "k-metrics", "k-old"
KEYS = (
    entry(USE, "user"),
    entry(READ, "reader", scopes=["read"]),
    entry(ADMIN, "operator", scopes=["admin"]),
    entry(METRICS, "scraper", scopes=["metrics"]),
    entry(EXPIRED, "former", expires="2020-01-01", scopes=["use", "read", "admin"]),
)


def story(work: Coroutine[Any, Any, T]) -> T:
    """Runs a test's coroutine; it fails where it would hang."""

    async def limited() -> T:
        async with asyncio.timeout(LIMIT):
            return await work

    return asyncio.run(limited())


class Reply(NamedTuple):
    """What the server has answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error in OpenAI's shape."""
        return str(self.json()["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.json()["error"]["message"])


class Site:
    """A server under test."""

    def __init__(self, application: Application, port: int) -> None:
        self.application = application
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    async def get(self, path: str, key: str | None = None, **headers: str) -> Reply:
        return await self.ask("GET", path, key, headers=headers)

    async def post(
        self, path: str, key: str | None = None, body: object = None, **headers: str
    ) -> Reply:
        return await self.ask("POST", path, key, {} if body is None else body, headers=headers)

    async def ask(
        self,
        method: str,
        path: str,
        key: str | None = None,
        body: object = b"",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own; the path goes as it is written here."""
        told = {"host": f"127.0.0.1:{self.port}"}
        if key is not None:
            told["authorization"] = f"Bearer {key}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if not isinstance(body, bytes):
            told["content-type"] = "application/json"
        told |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        told |= {"content-length": str(len(content)), "connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return await self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content)

    async def raw(self, request: bytes) -> Reply:
        """All that comes for these bytes, until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            body = _joined(body)
        return Reply(int(first.split(" ")[1]), headers, body)


def _joined(body: bytes) -> bytes:
    parts: list[bytes] = []
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return b"".join(parts)
        parts.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]


@asynccontextmanager
async def site(
    runtime: Runtime,
    keys: Keys | None = None,
    *,
    limits: ServerLimits | None = None,
    trusting: bool = False,
) -> AsyncGenerator[Site]:
    """The server of a runtime that runs on this loop, on a port of its own."""
    application = Application(runtime, keys=keys, limits=limits, trusting=trusting)
    server = Server(application, limits=limits)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await server.start([listening])
        try:
            yield Site(application, listening.getsockname()[1])
        finally:
            await server.drain(0.0)


class Counted:
    """A model that counts its calls."""

    def __init__(self, answer: str = "Hello") -> None:
        self.calls = 0
        self.tasks: list[Task] = []
        self._answer = answer

    async def __call__(self, task: Task) -> str:
        self.calls += 1
        self.tasks.append(task)
        return self._answer


def fleet(model: Counted, **settings: Any) -> RuntimeConfig:
    """Two models that are functions; both count with `model`."""
    models = tuple(ModelConfig(id=name, executor=model) for name in (BIG, SMALL))
    return RuntimeConfig(models=models, **settings)


def keys_in(folder: Path, *entries: Any) -> Keys:
    """The keys of this kit, or others."""
    keys = Keys(write(folder / "keys.json", *(entries or KEYS)))
    keys.load()
    return keys


@asynccontextmanager
async def guarded(folder: Path, model: Counted | None = None) -> AsyncGenerator[Site]:
    """A server with keys over the two models."""
    config = fleet(model or Counted())
    async with Runtime(config) as runtime, site(runtime, keys_in(folder)) as found:
        yield found
