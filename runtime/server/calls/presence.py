"""Whether a client is still there: its request ends when it has gone, or when the server ends."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from ..request import Request

_PATIENCE = 0.25
"""Seconds of a call before its client is watched: most answers of a fast model come sooner."""


class Presence:
    """Cancels the work of a request, in whose task it was made, when its client has gone.

    `gone`: the client has; `ended`: the server has ended it.
    """

    __slots__ = ("_owner", "_request", "_timer", "_watch", "ended", "gone")

    def __init__(self, request: Request) -> None:
        owner = asyncio.current_task()
        assert owner is not None
        self._owner = owner
        self._request = request
        self._watch: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.gone: bool = False
        self.ended: bool = False

    def __enter__(self) -> Self:
        loop = self._owner.get_loop()
        self._timer = loop.call_later(_PATIENCE, self._begin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Takes back the cancellation that was its own."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self.gone or self.ended:
            self._owner.uncancel()
            return kind is not None and issubclass(kind, asyncio.CancelledError)
        return False

    def end(self) -> None:
        """The server ends the request before its time."""
        if self._timer is not None and not self.gone:
            self.ended = True
            self._owner.cancel()

    def _begin(self) -> None:
        self._watch = self._owner.get_loop().create_task(self._wait())

    async def _wait(self) -> None:
        await self._request.disconnected()
        if self._watch is not None and not self.ended:
            self.gone = True
            self._owner.cancel()
