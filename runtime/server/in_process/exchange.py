"""One request to the application in this process, and the answer as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from ..application import Application
from ..request import Header, Scope

MOST_UNREAD = 64 * 1024
"""Bytes of an answer that wait for their reader; the application pauses at more."""


class BrokenOffError(Exception):
    """The application has gone before its answer was whole."""


class Exchange:
    """Lives on the loop of the runtime, but for `drop`. Times are seconds; None: no limit."""

    def __init__(self, app: Application, scope: Scope, body: bytes) -> None:
        self._app = app
        self._scope = scope
        self._body: bytes | None = body
        self._parts: list[bytes] = []
        self._unread = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._gone = asyncio.Event()
        self._is_whole = False
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start: tuple[int, list[Header]] | None = None

    # For the client.

    async def begin(self, within: float | None) -> tuple[int, list[Header]]:
        """Send the request; status and headers of the answer.

        Raises `TimeoutError` when they do not come in time, and `BrokenOffError`.
        """
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._app(self._scope, self._receive, self._send))
        self._task.add_done_callback(self._end)
        try:
            async with asyncio.timeout(within):
                while self._start is None:
                    await self._more()
        except BaseException:
            await self.close()
            raise
        return self._start

    async def next(self, within: float | None) -> bytes:
        """All that has come since the last call; empty at the end. Raises as `begin` does."""
        async with asyncio.timeout(within):
            while not self._parts and not self._is_whole:
                await self._more()
        found = b"".join(self._parts)
        self._parts.clear()
        self._unread = 0
        self._room.set()
        return found

    async def close(self) -> None:
        """Leave: the call to the model is cancelled, and its clean-up is awaited."""
        task = self._task
        self._gone.set()
        if task is None or task.done():
            return
        if not self._is_whole:
            task.cancel()
        await asyncio.wait([task])

    def drop(self) -> None:
        """From any thread: as `close`, without waiting for it."""
        task, loop = self._task, self._loop
        if task is not None and loop is not None and not task.done():
            with suppress(RuntimeError):  # the loop is closed, and the task ended with it
                loop.call_soon_threadsafe(task.cancel)

    # For the application.

    async def _receive(self) -> MutableMapping[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._start = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            if part := message.get("body", b""):
                self._parts.append(part)
                self._unread += len(part)
            self._is_whole = not message.get("more_body", False)
        self._news.set()
        if self._unread > MOST_UNREAD and not self._is_whole:
            self._room.clear()
            await self._room.wait()

    # Its steps.

    async def _more(self) -> None:
        assert self._task is not None
        if self._task.done():
            raise BrokenOffError("the server of this process broke off its answer")
        self._news.clear()
        await self._news.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # the application has told its own already
        self._news.set()
