"""A client of httpx2 over our own transport: for the providers' clients, which want one."""

from __future__ import annotations

from typing import Self

import httpx2

from .key import Key
from .protocol import MAX_PIECE_BYTES, Failure, Request, Response, Transport, TransportError
from .redirects import send
from .unpacking import ACCEPTED

_WRITTEN_BELOW = frozenset({"connection", "content-length", "host"})
_UNPACKED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_BENEATH = "hive_resilience"
_ERRORS = {
    Failure.NAME: httpx2.ConnectError,
    Failure.CONNECT: httpx2.ConnectError,
    Failure.TLS: httpx2.ConnectError,
    Failure.CONNECT_TIMEOUT: httpx2.ConnectTimeout,
    Failure.TIMEOUT: httpx2.ReadTimeout,
}


def bridged(transport: Transport) -> httpx2.AsyncClient:
    """A client that looks at no environment and follows no redirect: that is done below it."""
    headers = {"Accept-Encoding": ACCEPTED}
    bridge = _Bridge(transport)
    return httpx2.AsyncClient(transport=bridge, trust_env=False, timeout=None, headers=headers)


def beneath(response: httpx2.Response) -> Response | None:
    """Our own response, where there is one beneath."""
    found: Response | None = response.extensions.get(_BENEATH)
    return found


class _Bridge(httpx2.AsyncBaseTransport):
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {
            name: Key(value)
            for name, value in request.headers.items()
            if name not in _WRITTEN_BELOW
        }
        limits = request.extensions.get("timeout", {})
        url, body = str(request.url), await request.aread()
        asked = Request(
            request.method, url, headers, body, limits.get("read"), limits.get("connect") or 5.0
        )
        try:
            response = await send(self._transport, asked)
        except TransportError as error:
            raise _as_theirs(error) from error
        kept = [pair for pair in response.headers.items() if pair[0] not in _UNPACKED]
        extensions = {_BENEATH: response}
        return httpx2.Response(
            response.status, headers=kept, stream=_Body(response), extensions=extensions
        )


class _Body(httpx2.AsyncByteStream):
    """What a client reads by itself: the answers that are errors, as far as one may go."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._size = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._size > MAX_PIECE_BYTES:
            raise StopAsyncIteration
        try:
            piece = await anext(self._response)
        except TransportError as error:
            raise _as_theirs(error) from error
        self._size += len(piece)
        return piece

    async def aclose(self) -> None:
        await self._response.aclose()


def _as_theirs(error: TransportError) -> Exception:
    return _ERRORS.get(error.failure, httpx2.RemoteProtocolError)(str(error))
