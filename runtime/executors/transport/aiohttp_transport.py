"""The transport over aiohttp: its connections, TLS, proxies and parser, without its session.

A session builds a request and a response object, a writer task and a cookie jar for each call,
which costs more than all the rest (`docs/decisions.md` has the figures).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Self

from aiohttp import ClientError
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

from .aiohttp_connections import Connections, Route, protocol_of
from .aiohttp_errors import ERRORS, WritingError, transport_error_of
from .options import ConnectionOptions
from .per_loop import PerLoop
from .protocol import MAX_PIECE_BYTES, Request, TransportError, raise_alone
from .unpacking import ACCEPTED, Unpacker

_LITTLE = 0.001
"""Seconds for what is begun although no time is left."""
_USUAL = {"accept": "*/*", "accept-encoding": ACCEPTED, "user-agent": "hive-resilience"}


class AiohttpTransport:
    """Carries requests over connections of its own, for each loop its own ones."""

    def __init__(self, options: ConnectionOptions | None = None) -> None:
        self._options = options or ConnectionOptions()
        self._loops = PerLoop(self._new_connections)

    async def send(self, request: Request) -> AiohttpResponse:
        try:
            return await self._answered(request)
        except ERRORS as error:
            failure = transport_error_of(error)
        raise_alone(failure)

    async def _answered(self, request: Request) -> AiohttpResponse:
        loop, limit = asyncio.get_running_loop(), request.connect_timeout
        until = None if request.timeout is None else loop.time() + request.timeout
        connections = self._loops.of_this_loop()
        route = connections.route(request.url)
        waiting = connections.waiting(route)
        if waiting is not None:
            protocol = protocol_of(waiting)
            try:
                return await _exchange(connections, route, waiting, request, until)
            except ClientError:
                if not protocol.died_at_once():
                    raise
        if until is not None:
            limit = min(limit, max(_LITTLE, until - loop.time()))
        connection = await connections.connect(route, limit)
        return await _exchange(connections, route, connection, request, until)

    async def close(self) -> None:
        connections = self._loops.take()
        if connections is not None:
            await connections.close()

    def _new_connections(self) -> Connections:
        return Connections(self._options)


async def _exchange(
    connections: Connections,
    route: Route,
    connection: Connection,
    request: Request,
    until: float | None,
) -> AiohttpResponse:
    """The answer to a request on this connection; closes it where there is none."""
    protocol = protocol_of(connection)
    timer = None
    if until is not None:
        timer = asyncio.get_running_loop().call_at(until, protocol.expire)
    try:
        protocol.begin(_written(request, route))
        message, content = await protocol.head()
        return AiohttpResponse(connections, route, connection, timer, message, content)
    except BaseException:
        if timer is not None:
            timer.cancel()
        _end(connection)
        raise


def _written(request: Request, route: Route) -> bytes:
    """The request as it goes over the wire; raises `WritingError` for what no header can carry."""
    body, headers = request.body, request.headers
    given = {name.lower() for name in headers}
    lines = [
        f"{request.method} {route.target} HTTP/1.1",
        *route.headers,
        *[f"{name}: {value}" for name, value in _USUAL.items() if name not in given],
        *[f"{name}: {value}" for name, value in headers.items()],
    ]
    if body is not None:
        lines.append(f"content-length: {len(body)}")
    head = "\r\n".join([*lines, "\r\n"])
    if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
        raise WritingError("the request cannot be written: a header has a line end in it")
    try:
        return head.encode("latin-1") + (body or b"")
    except UnicodeEncodeError:
        told = "the request cannot be written: a header has characters that none can carry"
        raise WritingError(told) from None


class AiohttpResponse:
    """The answer on a connection, as a `Response`."""

    __slots__ = (
        "_connection",
        "_connections",
        "_content",
        "_pieces",
        "_route",
        "_timer",
        "_unpacker",
        "headers",
        "status",
    )

    def __init__(
        self,
        connections: Connections,
        route: Route,
        connection: Connection,
        timer: asyncio.TimerHandle | None,
        message: RawResponseMessage,
        content: StreamReader,
    ) -> None:
        self.status: int = message.code
        self.headers: dict[str, str] = {
            name.lower(): value for name, value in message.headers.items()
        }
        self._connections = connections
        self._route = route
        self._connection: Connection | None = connection
        self._timer = timer
        self._content = content
        packing = self.headers.get("content-encoding")
        self._unpacker = None if packing is None else Unpacker(packing)
        self._pieces: Iterator[bytes] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            if self._unpacker is None:
                piece = await self._packed()
            else:
                piece = await self._unpacked(self._unpacker)
        except ERRORS as error:
            failure: TransportError = transport_error_of(error)
        else:
            if piece is None:
                raise StopAsyncIteration
            return piece
        raise_alone(failure)

    async def _packed(self) -> bytes | None:
        try:
            return await self._content.read(MAX_PIECE_BYTES) or None
        except ClientError:
            # What has come before the connection broke is read first: `read_nowait` would raise.
            rest = self._content._read_nowait(MAX_PIECE_BYTES)  # pyright: ignore[reportPrivateUsage]
            if not rest:
                raise
            return rest

    async def _unpacked(self, unpacker: Unpacker) -> bytes | None:
        while True:
            for piece in self._pieces:
                return piece
            packed = await self._packed()
            if packed is None:
                unpacker.finish()
                return None
            self._pieces = unpacker.feed(packed)

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._content.at_eof():
            self._connections.keep(self._route, connection)
        else:
            _end(connection)


def _end(connection: Connection) -> None:
    protocol = connection.protocol
    if protocol is not None and protocol.writing_paused:
        protocol.abort()  # a good end would wait until the rest of the request is out
    connection.close()
