"""The HTTP clients of executors, one for each event loop."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from typing import TYPE_CHECKING

from ....config.errors import ConfigurationError
from ....config.values.redaction import presentable
from ....config.values.secrets import server

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT = 10.0


def checked_base_url(url: str) -> str:
    """The URL as it is; raises `ConfigurationError` for what is none, and for one with a key."""
    try:
        return server(url)
    except ValueError as error:
        told, shown = f"base_url {error}", presentable("base_url", url)
        raise ConfigurationError(told, key="base_url", value=shown, allowed=str(error)) from error


class HTTPClients:
    """Makes a client at the first call on a loop: connections belong to their loop."""

    __slots__ = ("_clients",)

    def __init__(self) -> None:
        self._clients: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}

    def of_this_loop(self) -> httpx2.AsyncClient:
        """The running loop's client."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            # A closed loop took its connections with it; nothing can be closed on it any more.
            for other in [other for other in self._clients if other.is_closed()]:
                del self._clients[other]
            client = self._clients[loop] = _new_client()
        return client

    async def close(self) -> None:
        """Close the running loop's client; a later call makes a new one."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


def connect_timeout(left: float | None) -> float:
    """Seconds until there is a connection, at most."""
    return CONNECT_TIMEOUT if left is None else min(CONNECT_TIMEOUT, left)


def _new_client() -> httpx2.AsyncClient:
    import httpx2

    # The bulkhead limits calls in flight; a second limit here would queue where nobody sees it.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
    return httpx2.AsyncClient(limits=limits, verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: to read the certificates takes some 30 ms."""
    import httpx2

    return httpx2.create_ssl_context()
