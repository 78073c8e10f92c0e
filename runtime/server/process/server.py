"""A server on the running loop: from sockets that listen to its orderly end."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable

from ....config.values.log_fields import log_event
from ..limits import ServerLimits
from .application import Served
from .protocol import LimitedProtocol
from .shared import Shared

log: logging.Logger = logging.getLogger(__name__)

BACKLOG = 2048
"""Connections that the system holds until the server takes them."""
MOST_UNSENT = 65_536
"""Bytes of an answer that the system holds for a client which does not take them. By itself it
holds megabytes, and a model would be read on and on for a client that stands still."""
_LOOK = 0.01
LAST_WORDS = 0.5
"""Seconds for the errors of what did not end in time, and for its tasks to clean up."""


class Server:
    """Serves an application until `drain`. To be made on a running loop."""

    def __init__(
        self,
        application: Served,
        *,
        limits: ServerLimits | None = None,
        most_connections: int | None = None,
    ) -> None:
        limits = limits or ServerLimits()
        self._shared = Shared(application, limits, most_connections or limits.connections)
        self._listeners: list[asyncio.Server] = []

    @property
    def connections(self) -> int:
        """Connections now."""
        return len(self._shared.connections.all)

    async def start(self, sockets: Iterable[socket.socket]) -> None:
        """Begin to accept. Raises `OSError`."""
        self._shared.look()
        for listening in sockets:
            _hold_little(listening)
            listener = await self._shared.loop.create_server(
                lambda: LimitedProtocol(self._shared), sock=listening, backlog=BACKLOG
            )
            self._listeners.append(listener)

    async def drain(self, seconds: float | None = None) -> None:
        """Accept no more, serve what has begun for `seconds` at most, and end.

        What is left then is interrupted by the application, so that its clients hear of it.
        """
        shared = self._shared
        shared.draining = True
        shared.application.begin_drain()
        for listener in self._listeners:
            listener.close()
        for connection in tuple(shared.connections.all):
            connection.shutdown()
        shared.stop()
        shared.look()
        if not await self._empty(shared.limits.drain if seconds is None else seconds):
            log.warning(
                "drain: %d requests did not end in time",
                len(shared.tasks),
                extra=log_event("drain.late", requests=len(shared.tasks)),
            )
            await self._interrupt()
        shared.stop()

    async def _interrupt(self) -> None:
        shared = self._shared
        try:
            async with asyncio.timeout(LAST_WORDS):
                await shared.application.interrupt()
        except TimeoutError:
            log.warning(
                "drain: the application did not interrupt its requests in time",
                extra=log_event("drain.stuck"),
            )
        await self._empty(LAST_WORDS)
        for connection in tuple(shared.connections.all):
            connection.abort()
        if shared.tasks:
            await asyncio.wait(shared.tasks, timeout=LAST_WORDS)
        for task in shared.tasks:
            task.cancel()

    async def _empty(self, seconds: float) -> bool:
        """Wait until all is over; False: it was not, after `seconds`."""
        shared = self._shared
        return await _until(lambda: not shared.connections.all and not shared.tasks, seconds)


def _hold_little(listening: socket.socket) -> None:
    """Connections have it from the socket that they came by."""
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None and listening.family != getattr(socket, "AF_UNIX", None):
        listening.setsockopt(socket.IPPROTO_TCP, option, MOST_UNSENT)


async def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() >= end:
            return False
        await asyncio.sleep(_LOOK)
    return True
