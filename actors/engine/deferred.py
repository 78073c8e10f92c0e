"""Work that may wait until the messages at hand are handled: it delays no answer, none is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

from ...config.values.log_fields import log_event

log: logging.Logger = logging.getLogger(__name__)

MOST = 1_000
"""How much work may wait: it keeps the tracebacks of crashes in memory."""

Ts = TypeVarTuple("Ts")


class Deferred:
    """Work for the loop's next turn, in its order; without a loop it is done at once."""

    __slots__ = ("_context", "_loop", "_waiting")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[tuple[Callable[..., None], tuple[object, ...]]] = deque()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do the work on this loop, which runs in this thread."""
        self._loop = loop

    def do(self, work: Callable[[*Ts], None], *args: *Ts) -> None:
        """Call `work(*args)` soon; on the loop."""
        waiting = self._waiting
        waiting.append((work, args))
        if len(waiting) == 1:
            self._call_soon()
        elif len(waiting) >= MOST:
            self.finish()

    def finish(self) -> None:
        """Do now what waits; a failure is logged and stops no other work."""
        while self._waiting:
            work, args = self._waiting.popleft()
            try:
                work(*args)
            except Exception:
                log.exception(
                    "%s failed", work.__name__, extra=log_event("work.failed", work=work.__name__)
                )

    def _call_soon(self) -> None:
        if self._loop is None:
            self.finish()
            return
        try:
            self._loop.call_soon(self.finish, context=self._context)
        except RuntimeError:  # the host has closed it
            self.finish()
