"""What all connections of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from typing import Any

from ..limits import ServerLimits
from .application import Served
from .connections import Connections
from .phase import look_every

HURRY = 0.02
"""Seconds between two looks while the server stops."""


class Shared:
    """The application, the limits and the connections, at which it looks now and then."""

    def __init__(self, application: Served, limits: ServerLimits, most_connections: int) -> None:
        self.application: Served = application
        self.limits: ServerLimits = limits
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.connections: Connections = Connections(limits, most_connections)
        self.draining = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.default_headers: list[tuple[bytes, bytes]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._second = 0

    def run(self, answer: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Have the application answer a request, in a task of its own."""
        task = self.loop.create_task(answer(self.application))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def look(self) -> None:
        """End what is late; comes again by itself until `stop`."""
        now = self.loop.time()
        for connection in tuple(self.connections.all):
            connection.check(now)
        if int(now) != self._second:
            self._second = int(now)
            self.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        every = HURRY if self.draining else look_every(self.limits)
        self._timer = self.loop.call_later(every, self.look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
