"""Work that a thread sends to a loop in another thread, and the way back of its result."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ...actors.engine.background_tasks import Work, begin_task

T = TypeVar("T")


class PortalFuture(concurrent.futures.Future[T]):
    """The future result of `work`; cancelling it cancels the work. Calls `ended` on the loop.

    It does what `asyncio.run_coroutine_threadsafe` does, without a second future and callbacks
    between the two: the task of the work itself sets the result.
    """

    def __init__(
        self,
        work: Work[T],
        loop: asyncio.AbstractEventLoop,
        ended: Callable[[], None],
    ) -> None:
        super().__init__()
        self._work = work
        self._loop = loop
        self._ended = ended
        self._task: asyncio.Task[None] | None = None
        self._revoked = False

    def cancel(self) -> bool:
        """As for every future; the work gets a `CancelledError` on its loop."""
        if not super().cancel():
            return False
        self._revoked = True  # before `_stop` is on its way: `begin` comes before it, or sees this
        with suppress(RuntimeError):  # the loop is closed, and the work ended with it
            self._loop.call_soon_threadsafe(self._stop)
        return True

    def begin(self) -> None:
        """Start the work; on the loop."""
        if self._revoked:
            self._work.close()
            self.set_running_or_notify_cancel()
            self._ended()
        else:
            self._task = begin_task(self._loop, self._run())

    def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _run(self) -> None:
        try:
            value = await self._work
        except asyncio.CancelledError:
            self._over()
            super().cancel()
            self.set_running_or_notify_cancel()
            raise
        except BaseException as error:
            self._over()
            self._fail(error)
            if not isinstance(error, Exception):
                raise
        else:
            # The result comes last: it wakes a thread, which wants the interpreter from then on.
            self._over()
            try:
                self.set_result(value)
            except concurrent.futures.InvalidStateError:  # cancelled too late for the work
                self.set_running_or_notify_cancel()

    def _over(self) -> None:
        self._task = None
        self._ended()

    def _fail(self, error: BaseException) -> None:
        try:
            self.set_exception(error)
        except concurrent.futures.InvalidStateError:
            self.set_running_or_notify_cancel()
