"""The body of an answer as it comes: within the time of its call, and fair to the loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum, auto

import orjson

from ...transport.protocol import Failure, Response, TransportError
from ..faults.error_body import is_page
from ..wire.json_reading import is_light, json_steps
from ..wire.json_value import Json

TURN_BYTES = 32 * 1024
"""So much is read before the loop gets its turn and the deadline is looked at."""
AFTER_THE_END = 1.0
"""Seconds that a complete answer waits for its usage and for the end of the stream."""
_FOR_THE_CONNECTION, _REST_BYTES = 0.1, 64 * 1024
_SNIFFED_BYTES = 64
_MOST_BLANK = 4 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_FIELDS = (b"data", b"event", b"error", b"id", b"retry")
_STREAM = "text/event-stream"


class Shape(Enum):
    """What a body is, by how it begins; a server's word for it is asked last."""

    JSON = auto()
    EVENTS = auto()
    PAGE = auto()
    UNKNOWN = auto()


class Body:
    """Reads a response. `left` is the seconds for all of it; None: no limit."""

    def __init__(self, response: Response, left: float | None) -> None:
        self._response = response
        self._until = None if left is None else _now() + left
        self._settled_until: float | None = None
        self._head = b""
        self._spent = 0

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self._response.status

    @property
    def kind(self) -> str:
        """What the server calls it, without parameters."""
        called = self._response.headers.get("content-type", "")
        return called.partition(";")[0].strip().lower()

    async def next(self) -> bytes | None:
        """The next piece; None at the proper end. Raises `TransportError`."""
        if self._head:
            head, self._head = self._head, b""
            return head
        until = self._settled_until or self._until
        if until is None or _now() < until:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    return await anext(self._response, None)
        raise _late()

    async def turn(self, read: int) -> None:
        """After `read` bytes more: now and then the others' turn. Raises `TransportError`."""
        self._spent += read
        if self._spent >= TURN_BYTES:
            self._spent = 0
            await asyncio.sleep(0)
            if self._until is not None and _now() > self._until:
                raise _late()

    def settle(self, settled: bool) -> None:
        """Whether what has come is complete: then only a moment is waited for more."""
        if not settled:
            self._settled_until = None
        elif self._settled_until is None:
            soon = _now() + AFTER_THE_END
            self._settled_until = soon if self._until is None else min(soon, self._until)

    async def shape(self) -> Shape:
        """What it is; nothing of it is lost by looking. Raises `TransportError`."""
        called = self.kind
        head, size = b"", 0
        while (found := _shape(head, called)) is None and size < _MOST_BLANK:
            piece = await self.next()
            if piece is None:
                found = _shape(head, called, is_all=True)
                break
            size += len(piece)
            await self.turn(len(piece))
            head = head + piece if head else piece.lstrip()
        self._head = head
        return found or Shape.UNKNOWN

    async def whole(self, most: int) -> bytes | None:
        """All of it; None where it is larger than `most` bytes. Raises `TransportError`."""
        pieces: list[bytes] = []
        size = 0
        while (piece := await self.next()) is not None:
            size += len(piece)
            if size > most:
                return None
            pieces.append(piece)
            await self.turn(len(piece))
        return b"".join(pieces)

    async def beginning(self, most: int) -> bytes:
        """All of it, or nothing but its first `most` bytes."""
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < most and (piece := await self.next()) is not None:
            pieces.append(piece)
        return b"".join(pieces)[:most]

    async def json(self, data: bytes) -> Json:
        """The value of a text, with the others' turns in between; raises `NotJSONError`."""
        if is_light(data):
            try:
                found: Json = orjson.loads(data)
                return found
            except orjson.JSONDecodeError:  # it may be meant all the same
                pass
        steps = json_steps(data)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                value: Json = done.value
                return value
            await self.turn(TURN_BYTES)

    async def read_on(self) -> None:
        """To the end, if it is near: only then can the connection be used again."""
        size = 0
        try:
            async with asyncio.timeout(_FOR_THE_CONNECTION):
                async for piece in self._response:
                    size += len(piece)
                    if size > _REST_BYTES:
                        return
        except (TransportError, TimeoutError):
            return


def _shape(head: bytes, called: str, *, is_all: bool = False) -> Shape | None:
    """What begins so; None: more of it has to come first."""
    head = head.removeprefix(_MARK).lstrip()
    if not head or _MARK.startswith(head):
        return None
    if head.startswith((b"{", b"[")):
        return Shape.JSON
    if head.startswith(b"<") and (is_page(head) or len(head) > _SNIFFED_BYTES or is_all):
        return Shape.PAGE if is_page(head) else Shape.UNKNOWN
    name, colon, _ = head[:_SNIFFED_BYTES].partition(b":")
    if called == _STREAM or (colon and (not name or name.strip() in _FIELDS)):
        return Shape.EVENTS
    if is_all or colon or len(head) >= _SNIFFED_BYTES or not _may_be_field(name):
        return Shape.UNKNOWN
    return None


def _may_be_field(name: bytes) -> bool:
    return any(field.startswith(name) for field in _FIELDS)


def _late() -> TransportError:
    return TransportError(Failure.TIMEOUT, "the answer is not complete")


def _now() -> float:
    return asyncio.get_running_loop().time()
