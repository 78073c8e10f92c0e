"""Those that watch: each look is made and written once, and goes to all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson

from ....config.errors import ResilienceError
from ....config.values.log_fields import log_event
from ...observability.live.feed import Feed
from ..failures import refused
from ..request import EVENTS_TYPE, Header, Request
from .headers import NOT_KEPT, SAFE

log: logging.Logger = logging.getLogger(__name__)

MOST = 20
"""Viewers at once."""
EVERY = 1.0
"""Seconds from look to look."""
GAP = 0.25
"""Seconds between two messages at least."""
BEAT = 2.0
"""Seconds after which viewers that hear of no change hear that the server is there."""
WAITING = 40
"""Messages that wait for a slow viewer; one more, and it is cut."""
STALLED = 10.0
"""Seconds in which a viewer has to take a message."""
_HEADERS: tuple[Header, ...] = (
    EVENTS_TYPE,
    *SAFE,
    NOT_KEPT,
    (b"x-accel-buffering", b"no"),
)
Allowed = Callable[[], Awaitable[bool]]


class _Viewer:
    """One stream; what waits for it is bounded."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self.cut = False

    def offer(self, message: bytes | None) -> None:
        """Queue a message, None as the last one; a viewer that is too slow is cut."""
        if self._waiting.full():
            self.cut = True
            self._waiting.get_nowait()
            message = None
        self._waiting.put_nowait(message)

    async def next(self) -> bytes | None:
        """What comes next."""
        return await self._waiting.get()


class Viewers:
    """Looks at the feed while at least one watches, and only then."""

    def __init__(self, feed: Feed, most: int = MOST) -> None:
        self._feed = feed
        self._most = most
        self._all: set[_Viewer] = set()
        self._looks: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._all)

    async def watch(self, request: Request, allowed: Allowed) -> None:
        """Stream to one viewer until it goes, is too slow, or may not watch any more."""
        if self._closed or len(self._all) >= self._most:
            told = f"{self._most} viewers watch, the most there may be"
            raise refused(503, "overloaded", told, retry_after=5.0)
        viewer = _Viewer()
        self._all.add(viewer)
        gone = asyncio.create_task(self._gone(request, viewer))
        try:
            await self._begin()
            await self._stream(request, viewer, allowed)
        finally:
            gone.cancel()
            self._all.discard(viewer)
            if not self._all:
                self._end()

    def close(self) -> None:
        """The server ends: every stream does."""
        self._closed = True
        for viewer in self._all:
            viewer.offer(None)

    async def _gone(self, request: Request, viewer: _Viewer) -> None:
        await request.disconnected()
        viewer.cut = True
        viewer.offer(None)

    async def _stream(self, request: Request, viewer: _Viewer, allowed: Allowed) -> None:
        after = self._feed.after(request.header(b"last-event-id"))
        first = self._message("state", self._feed.state(after))
        await request.start(200, _HEADERS)
        with suppress(TimeoutError):
            await _write(request, b"retry: 2000\n\n" + first)
            while (message := await viewer.next()) is not None:
                if not await allowed():
                    message = b"event: login\ndata: {}\n\n"
                    viewer.offer(None)
                await _write(request, message)
            if not viewer.cut:
                await request.write(b"", more=False)
                return
        # What it has not taken is dropped with its connection.
        log.info("dashboard: a viewer was cut", extra=log_event("dashboard.viewer_cut"))

    async def _begin(self) -> None:
        await self._feed.refresh(EVERY)
        if self._looks is None and self._all:
            loop = asyncio.get_running_loop()
            self._feed.wake_by(lambda: _soon(loop, self._news))
            self._feed.change()  # what was before is in the first message of each
            self._looks = asyncio.create_task(self._look_on())

    def _end(self) -> None:
        if self._looks is not None:
            self._looks.cancel()
            self._looks = None
        self._feed.wake_by(lambda: None)

    async def _look_on(self) -> None:
        clock = asyncio.get_running_loop().time
        told = clock()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._news.wait()
            self._news.clear()
            try:
                await self._feed.refresh(EVERY)
                change = self._feed.change()
            except ResilienceError:  # the runtime has ended
                self.close()
                return
            except Exception:
                log.exception("dashboard: a look failed", extra=log_event("dashboard.look_failed"))
                change = None
            if change is not None or clock() - told >= BEAT:
                told = clock()
                self._tell(self._beat() if change is None else self._message("change", change))
            await asyncio.sleep(GAP)

    def _tell(self, message: bytes) -> None:
        for viewer in self._all:
            viewer.offer(message)

    def _beat(self) -> bytes:
        """No id: the last one stays."""
        return b"event: beat\ndata: %d\n\n" % self._feed.now()

    def _message(self, kind: str, record: object) -> bytes:
        name = self._feed.name().encode()
        body = orjson.dumps(record)
        return b"id: " + name + b"\nevent: " + kind.encode() + b"\ndata: " + body + b"\n\n"


async def _write(request: Request, part: bytes) -> None:
    async with asyncio.timeout(STALLED):
        await request.write(part, more=True)


def _soon(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed, and its viewers with it
        loop.call_soon_threadsafe(news.set)
