"""One HTTP request under way: its headers, its body under a cap, and its answer."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from ...actors.task import new_id
from .failures import refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
JSON_TYPE: Header = (b"content-type", b"application/json")
EVENTS_TYPE: Header = (b"content-type", b"text/event-stream; charset=utf-8")


class Disconnected(Exception):
    """The client has gone before its request was whole."""


class Held:
    """Bytes of all bodies that are under way."""

    __slots__ = ("bytes", "most")

    def __init__(self, most: int) -> None:
        self.most: int = most
        self.bytes: int = 0


class Request:
    """What a client has sent, and the way back to it. Lives on one loop."""

    __slots__ = (
        *("_held", "_mine", "_receive", "_send", "begun", "headers", "id", "path", "scope"),
        "started",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, held: Held) -> None:
        self.scope: Scope = scope
        self.path: str = _path_of(scope)
        self.headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            before = self.headers.get(name)
            self.headers[name] = value if before is None else before + b", " + value
        self._receive = receive
        self._send = send
        self._held = held
        self._mine = 0
        self.started: float = time.perf_counter()
        self.begun: bool = False
        """Whether the answer has begun."""
        given = self.header(b"x-request-id")
        self.id: str = given if given and _REQUEST_ID.fullmatch(given) else new_id()

    def header(self, name: bytes) -> str | None:
        """The text of a header; None: it is not there."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1").strip()

    async def body(self, most: int) -> bytes:
        """All of the body. Raises `Refused` for one too large or packed, `Disconnected`."""
        if self.headers.get(b"content-encoding", b"identity") != b"identity":
            raise refused(
                415, "unsupported_encoding", "send the body as it is, not packed", closes=True
            )
        self._check_size(_length(self.headers.get(b"content-length")), most)
        parts: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part: bytes = message.get("body", b"")
            if part:
                self._hold(len(part), most)
                parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _hold(self, size: int, most: int) -> None:
        self._mine += size
        self._held.bytes += size
        self._check_size(self._mine, most)
        if self._held.bytes > self._held.most:
            told = "the server holds as many bytes of requests as it can; try again in a second"
            raise refused(503, "overloaded", told, retry_after=1.0, closes=True)

    def _check_size(self, size: int, most: int) -> None:
        if size > most:
            told = f"the body has more than {most} bytes, the most that this server takes"
            raise refused(413, "request_too_large", told, closes=True)

    def release(self) -> None:
        """The body is no longer under way."""
        self._held.bytes -= self._mine
        self._mine = 0

    async def disconnected(self) -> None:
        """Until the client has gone; after the whole body has come."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def start(self, status: int, headers: Iterable[Header]) -> None:
        """Begin the answer."""
        self.begun = True
        await self._send(
            {"type": "http.response.start", "status": status, "headers": list(headers)}
        )

    async def write(self, body: bytes, *, more: bool) -> None:
        """A part of the answer's body, or the last one."""
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def answer(self, status: int, headers: Iterable[Header], body: bytes) -> None:
        """A whole answer."""
        length = (b"content-length", str(len(body)).encode())
        await self.start(status, [*headers, length])
        await self.write(b"" if self.scope["method"] == "HEAD" else body, more=False)


def _path_of(scope: Scope) -> str:
    """The path below the one where the application is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _length(value: bytes | None) -> int:
    return int(value) if value is not None and value.isdigit() and len(value) < 20 else 0
