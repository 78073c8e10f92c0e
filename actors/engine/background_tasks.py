"""Tasks of the engine: user code that no handler may run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar


class BackgroundTasks:
    """Runs coroutines on the engine's loop, and ends those that are left."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._closed = False

    def spawn(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, object], name: str
    ) -> None:
        """Begin `work` soon: never inside the handler that asks for it.

        It inherits nothing of whoever sent the message that the handler got, least of all a
        deadline: it has a life of its own.
        """
        loop.call_soon(self._begin, loop, work, name, context=Context())

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Look after a task that somebody else has begun, in its own context."""
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        if self._closed:
            task.cancel()

    def cancel(self) -> None:
        """Cancel what runs, and let nothing begin any more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()

    async def wait(self, limit: float) -> None:
        """Let what runs come to its end, for `limit` seconds at most."""
        left = [task for task in self._tasks if not task.done()]
        if left:
            await asyncio.wait(left, timeout=limit)

    async def end(self, grace: float) -> int:
        """Cancel what runs and give it `grace` seconds; how many did not end."""
        left = [task for task in self._tasks if not task.done()]
        for task in left:
            task.cancel()
        if not left:
            return 0
        _, pending = await asyncio.wait(left, timeout=grace)
        return len(pending)

    def _begin(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, object], name: str
    ) -> None:
        if self._closed:
            work.close()
            return
        self.adopt(begin_task(loop, work, name))


T = TypeVar("T")


def begin_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], name: str | None = None
) -> asyncio.Task[T]:
    """A task on `loop`, which is running in this thread and not inside a handler.

    From Python 3.12 on it runs here until it first waits, so one that never waits is done when this
    returns. A loop with a task factory of its own keeps it.
    """
    if sys.version_info >= (3, 12) and loop.get_task_factory() is None:
        return asyncio.Task(work, loop=loop, name=name, eager_start=True)
    return loop.create_task(work, name=name)
