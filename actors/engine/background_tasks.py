"""Tasks of the engine: user code that no handler may run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Work: TypeAlias = Coroutine[Any, Any, T]
"""What a task can run."""


class BackgroundTasks:
    """Runs coroutines on the engine's loop, and ends those that remain."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[object], None] = {}
        self._closed = False

    def spawn(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Work[object],
        name: str,
        context: Context | None = None,
    ) -> None:
        """Begin `work` soon, never inside the handler that asks for it.

        Without a `context` it inherits none of the sender of the message, least of all a deadline:
        it has a life of its own.
        """
        loop.call_soon(self._begin, loop, work, name, context=context or Context())

    def adopt(self, task: asyncio.Task[object]) -> None:
        """Look after a task that has begun elsewhere, in its own context."""
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        if self._closed:
            task.cancel()

    def cancel(self) -> None:
        """Cancel what runs. No task begins any more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()

    async def wait(self, limit: float) -> None:
        """Let what runs come to its end, in at most `limit` seconds."""
        running = self._running()
        if running:
            await asyncio.wait(running, timeout=limit)

    async def end(self, grace: float) -> int:
        """Cancel what runs and give it `grace` seconds; how many tasks did not end."""
        running = self._running()
        for task in running:
            task.cancel()
        if not running:
            return 0
        _, pending = await asyncio.wait(running, timeout=grace)
        return len(pending)

    def _running(self) -> list[asyncio.Task[object]]:
        return [task for task in self._tasks if not task.done()]

    def _begin(self, loop: asyncio.AbstractEventLoop, work: Work[object], name: str) -> None:
        if self._closed:
            work.close()
            return
        self.adopt(begin_task(loop, work, name))


def begin_task(
    loop: asyncio.AbstractEventLoop, work: Work[T], name: str | None = None
) -> asyncio.Task[T]:
    """A task on `loop`, which is running in this thread and not inside a handler.

    From Python 3.12 on the task runs here until it first waits; a task that never waits is done
    when this returns. A loop with a task factory of its own keeps it.
    """
    if sys.version_info >= (3, 12) and loop.get_task_factory() is None:
        return asyncio.Task(work, loop=loop, name=name, eager_start=True)
    return loop.create_task(work, name=name)
