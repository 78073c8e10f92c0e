"""Transports of httpx2 that lead to the application in this process: blocking, and not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import httpx2

from ....config.errors import ResilienceError
from ...operations import portal_of
from ...portal.portal import Portal
from ...runtime import Runtime
from ..application import Application
from ..request import Scope
from .exchange import BrokenOffError, Exchange

T = TypeVar("T")


class AsyncTransport(httpx2.AsyncBaseTransport):
    """For clients on any loop: on the runtime's there is nothing between the two."""

    def __init__(self, runtime: Runtime, app: Application) -> None:
        self._portal = portal_of(runtime)
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises what httpx2 raises: a timeout, or a broken connection."""
        exchange = Exchange(self._app, scope_of(request), await request.aread())
        within = _read_timeout(request)
        with _in_its_words(request):
            status, headers = await self._portal.awaited(exchange.begin(within))
        return httpx2.Response(
            status, headers=headers, stream=_AsyncBody(exchange, self._portal, request, within)
        )


class BlockingTransport(httpx2.BaseTransport):
    """For blocking clients, in any thread but the runtime's own."""

    def __init__(self, runtime: Runtime, app: Application) -> None:
        self._portal = portal_of(runtime)
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises what httpx2 raises: a timeout, or a broken connection."""
        exchange = Exchange(self._app, scope_of(request), request.read())
        within = _read_timeout(request)
        with _in_its_words(request):
            status, headers = _waited(self._portal, exchange.begin(within))
        return httpx2.Response(
            status, headers=headers, stream=_Body(exchange, self._portal, request, within)
        )


class _AsyncBody(httpx2.AsyncByteStream):
    """An answer as it comes. A reader that drops it cancels the call."""

    def __init__(
        self, exchange: Exchange, portal: Portal, request: httpx2.Request, within: float | None
    ) -> None:
        self._exchange, self._portal = exchange, portal
        self._request, self._within = request, within

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_its_words(self._request):
            while part := await self._portal.awaited(self._exchange.next(self._within)):
                yield part

    async def aclose(self) -> None:
        with suppress(ResilienceError):  # the runtime has ended, and the call with it
            await self._portal.awaited(self._exchange.close())

    def __del__(self) -> None:
        self._exchange.drop()


class _Body(httpx2.SyncByteStream):
    """As `_AsyncBody`, for a thread."""

    def __init__(
        self, exchange: Exchange, portal: Portal, request: httpx2.Request, within: float | None
    ) -> None:
        self._exchange, self._portal = exchange, portal
        self._request, self._within = request, within

    def __iter__(self) -> Iterator[bytes]:
        with _in_its_words(self._request):
            while part := _waited(self._portal, self._exchange.next(self._within)):
                yield part

    def close(self) -> None:
        if self._portal.is_here():  # a collection of garbage, which runs in any thread
            self._exchange.drop()
            return
        with suppress(ResilienceError):  # as above
            _waited(self._portal, self._exchange.close())

    def __del__(self) -> None:
        self._exchange.drop()


def _waited(portal: Portal, work: Coroutine[Any, Any, T]) -> T:
    future = portal.submit(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # a Ctrl-C ends the wait, and the work with it
        raise


@contextmanager
def _in_its_words(request: httpx2.Request) -> Generator[None]:
    """Errors as a client of httpx2 knows them."""
    try:
        yield
    except TimeoutError as error:
        told = "the server of this process did not answer in time"
        raise httpx2.ReadTimeout(told, request=request) from error
    except BrokenOffError as error:
        raise httpx2.RemoteProtocolError(str(error), request=request) from error
    except ResilienceError as error:  # the runtime has ended, or takes no more work
        raise httpx2.ConnectError(str(error), request=request) from error


def _read_timeout(request: httpx2.Request) -> float | None:
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    return limits.get("read")


def scope_of(request: httpx2.Request) -> Scope:
    """The request as ASGI has it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("in-process", 0),
        "root_path": "",
    }
