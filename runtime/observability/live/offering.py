"""A fleet as `hive-resilience top` finds it: a Unix socket that tells how things are.

A viewer sends a line, the id of what it was told last, or an empty one. It gets a line: the look at
this moment, as JSON. Nothing else can be asked, and nothing looks while no viewer does.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import orjson

from ....config.errors import ResilienceError
from ....config.settings.runtime import RuntimeConfig
from ....config.values.log_fields import log_event
from ..event_bus import EventBus
from ..snapshot import RuntimeSnapshot
from ..watching import Watched
from .feed import Feed
from .live_feed import LiveFeed
from .place import NotOfferedError, claim, release
from .records import Record
from .task_log import TaskLog

log: logging.Logger = logging.getLogger(__name__)

MOST = 20
"""Viewers at once."""
STALLED = 10.0
"""Seconds in which a viewer has to take a line."""
_LONGEST = 1_024


class Offering:
    """The part that offers a runtime, on its loop. Without a place for the socket it says so."""

    def __init__(
        self, look: Callable[[], RuntimeSnapshot], alerts: Callable[[], list[Record] | None]
    ) -> None:
        self._look = look
        self._alerts = alerts
        self._viewers: set[asyncio.Task[None]] = set()
        self._name: str | None = None
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._file = 0
        self.feed: LiveFeed | None = None
        """What this process keeps for viewers, from the start on."""
        self.whole: Feed | None = None
        """What viewers see instead, where this process is one of several that serve together."""
        self.path: Path | None = None
        """Where it is offered; None: nowhere."""

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Keep what viewers will want to see, and listen."""
        self.feed = LiveFeed(self._look, bus, TaskLog(), alerts=self._alerts)
        self.feed.start()
        await self._open(fleet.config.global_.top)

    async def adopt(self, config: RuntimeConfig) -> None:
        """Go by another name, or by none."""
        if config.global_.top != self._name:
            self._close()
            await self._open(config.global_.top)

    async def stop(self, limit: float) -> None:
        """Hang up, and leave nothing behind."""
        self._close()
        if self.feed is not None:
            self.feed.close()
        if self._viewers:
            await asyncio.wait(self._viewers, timeout=limit)
        await asyncio.sleep(0)  # their connections close in the next round of the loop

    def forked(self) -> None:
        """The socket is the parent's: this process must not keep it open after the parent's end."""
        if self._socket is not None:
            self._socket.close()

    async def _open(self, name: str | None) -> None:
        self._name = name
        if name is None:
            return
        try:
            self._socket, self.path = claim(name)
            self._file = self.path.lstat().st_ino
            self._server = await asyncio.start_unix_server(
                self._serve, sock=self._socket, limit=_LONGEST
            )
        except (NotOfferedError, OSError) as error:
            told = f"hive-resilience top will not find this runtime: {error}"
            log.warning(told, extra=log_event("top.not_offered", name=name))

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        elif self._socket is not None:
            self._socket.close()
        self._server = self._socket = None
        if self.path is not None:
            release(self.path, self._file)
            self.path = None
        for viewer in self._viewers:
            viewer.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        viewer = asyncio.current_task()
        assert viewer is not None
        try:
            if len(self._viewers) < MOST:
                self._viewers.add(viewer)
                # A viewer that goes, or asks what cannot be asked, only ends its own connection.
                with suppress(OSError, TimeoutError, ValueError, ResilienceError):
                    await self._answer(reader, writer)
        except asyncio.CancelledError:
            pass  # the offer ends
        finally:
            self._viewers.discard(viewer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (line := await reader.readline()).endswith(b"\n"):
            feed = self.whole or self.feed
            if feed is None:
                return
            await feed.refresh()
            record = feed.look(feed.after(line.decode("ascii").strip()))
            writer.write(orjson.dumps(record, default=str) + b"\n")
            async with asyncio.timeout(STALLED):
                await writer.drain()
