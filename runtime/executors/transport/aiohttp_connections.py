"""The connections of one event loop, those that wait for their next request among them."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from functools import partial
from typing import NamedTuple

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.connector import Connection
from yarl import URL

from .aiohttp_errors import ConnectTimeoutError, WritingError
from .aiohttp_protocol import ExchangeProtocol
from .options import ConnectionOptions, tls_context

KEEP_ALIVE = 30.0
"""Seconds that a connection waits for its next request; many a network forgets it soon after."""
_MOST_ROUTES = 64
_EXACT = 1e9
"""aiohttp rounds limits from so many seconds on."""


class Route(NamedTuple):
    """The way to one URL: where to connect, and what the request's first lines say."""

    origin: URL
    target: str
    headers: tuple[str, ...]
    """Lines: Host, and the proxy's key where there is one."""
    asks: ClientRequest
    """As aiohttp wants to be told whereto; none is ever sent."""

    def __repr__(self) -> str:
        return f"Route({self.origin})"


class Connections:
    """Opens connections, as many as are asked for: the bulkhead alone limits calls in flight."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._connector = TCPConnector(limit=0, force_close=True)
        self._connector._factory = partial(ExchangeProtocol, self._loop)  # type: ignore[assignment]
        self._routes: dict[str, Route] = {}
        self._idle: dict[URL, list[tuple[Connection, float]]] = {}
        self._cleaning: asyncio.TimerHandle | None = None

    def route(self, url: str) -> Route:
        """The way to a URL; raises one of `aiohttp_errors.ERRORS` where there is none."""
        found = self._routes.get(url)
        if found is None:
            if len(self._routes) >= _MOST_ROUTES:  # redirects may lead to ever new ones
                self._routes.clear()
            proxy = self._options.proxy_for(url)
            try:
                found = self._routes[url] = self._new_route(_parsed(url), proxy)
            except ValueError as error:
                raise WritingError("the URL cannot be asked") from error
        return found

    def _new_route(self, url: URL, proxy: str | None) -> Route:
        secure = url.scheme == "https"
        is_tls = secure or (proxy is not None and URL(proxy).scheme == "https")
        asks = ClientRequest(
            "POST",
            url,
            loop=self._loop,
            ssl=tls_context(self._options.ca_file) if is_tls else True,
            proxy=None if proxy is None else URL(proxy).with_user(None),
            proxy_headers=None if proxy is None else _proxy_key(URL(proxy)),
        )
        headers, target = [f"host: {asks.headers['Host']}"], url.raw_path_qs
        if proxy is not None and not secure:
            target = str(url)
            headers += [f"{name}: {value}" for name, value in _proxy_key(URL(proxy)).items()]
        return Route(url.origin(), target, tuple(headers), asks)

    async def connect(self, route: Route, limit: float) -> Connection:
        """A new connection, within `limit` seconds; raises one of `aiohttp_errors.ERRORS`."""
        timeout = ClientTimeout(total=None, connect=limit, ceil_threshold=_EXACT)
        try:
            return await self._connector.connect(route.asks, [], timeout)
        except TimeoutError:
            raise ConnectTimeoutError(limit) from None

    def waiting(self, route: Route) -> Connection | None:
        """One that has served before and is still open, as far as is known."""
        idle = self._idle.get(route.origin)
        while idle:
            connection, _ = idle.pop()
            if _is_open(connection):
                return connection
            connection.close()
        return None

    def keep(self, route: Route, connection: Connection) -> None:
        """For the next request, where the connection can serve one."""
        if not _is_open(connection) or self._connector.closed:
            connection.close()
            return
        self._idle.setdefault(route.origin, []).append((connection, self._loop.time()))
        if self._cleaning is None:
            self._cleaning = self._loop.call_later(KEEP_ALIVE, self._clean)

    def _clean(self) -> None:
        self._cleaning = None
        oldest = self._loop.time() - KEEP_ALIVE
        for origin, idle in list(self._idle.items()):
            while idle and (idle[0][1] <= oldest or not _is_open(idle[0][0])):
                idle.pop(0)[0].close()
            if not idle:
                del self._idle[origin]
        if self._idle:
            self._cleaning = self._loop.call_later(KEEP_ALIVE, self._clean)

    async def close(self) -> None:
        """Close all of them, in use or not."""
        if self._cleaning is not None:
            self._cleaning.cancel()
        for idle in self._idle.values():
            for connection, _ in idle:
                connection.close()
        self._idle.clear()
        await self._connector.close()


def _parsed(url: str) -> URL:
    """Not a character is changed where none has to be: some requests are signed."""
    is_whole = url.isascii() and url.isprintable() and " " not in url
    return URL(url.partition("#")[0], encoded=is_whole)


def protocol_of(connection: Connection) -> ExchangeProtocol:
    """What speaks on it."""
    protocol = connection.protocol
    assert isinstance(protocol, ExchangeProtocol)
    return protocol


def _is_open(connection: Connection) -> bool:
    protocol = protocol_of(connection)
    return protocol.is_connected() and not protocol.should_close


def _proxy_key(proxy: URL) -> dict[str, str]:
    if proxy.user is None:
        return {}
    pair = f"{proxy.user}:{proxy.password or ''}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}
