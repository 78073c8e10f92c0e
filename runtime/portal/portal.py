"""From any thread to the loop on which the actors live, and back."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from ...actors.engine.background_tasks import BackgroundTasks, Work, begin_task
from ...actors.engine.future import LoopFuture, is_pending
from ...actors.engine.interface import EngineInterface
from ...actors.policies.outcomes.errors import OverloadedError, RuntimeClosedError
from ...config.settings.runtime import GlobalConfig
from .portal_future import PortalFuture

T = TypeVar("T")

_PATIENCE = 30.0
"""Seconds that a thread waits for a few steps on the loop before it gives up."""


class OnLoop(Protocol):
    """`Portal.do`, for code that needs no more of the portal."""

    def __call__(self, work: Callable[[], T], /) -> T: ...


class Portal:
    """Takes work to the engine's loop, and refuses it at once when too much is under way.

    Without a bound, threads that send without waiting fill the memory in seconds.
    """

    def __init__(self, engine: EngineInterface, settings: GlobalConfig) -> None:
        self._engine = engine
        # Senders count with the lock. Only the loop's thread counts what is over: without it.
        self._sent = 0
        self._over = 0
        self._lock = threading.Lock()
        self._tasks = BackgroundTasks()
        self._arriving: set[LoopFuture[Any]] = set()
        """Work on its way to the loop; single steps of a set need no lock."""
        self._ending = False
        self.adopt(settings)

    def adopt(self, settings: GlobalConfig) -> None:
        """Take as much work as these settings allow."""
        self._limit = settings.max_concurrent_requests + settings.max_queued_requests

    def submit(self, work: Work[T]) -> concurrent.futures.Future[T]:
        """Run `work` on the loop; cancelling the future cancels it. Raises `OverloadedError`."""
        with self._lock:
            free = self._sent - self._over < self._limit
            self._sent += free
        if not free:
            work.close()
            raise OverloadedError(
                f"{self._limit} tasks are submitted already, which is the limit "
                "(max_concurrent_requests, max_queued_requests); nothing was started"
            )
        return self._send(work)

    def awaited(self, work: Work[T]) -> Work[T]:
        """Awaits the result of `work` on any loop; on the engine's it is `work` itself."""
        return work if self._engine.is_here() else _elsewhere(self.submit(work))

    def begin(self, work: Callable[[], Work[T]], name: str) -> LoopFuture[T]:
        """Begin what `work` makes on the loop; it goes on when its caller is cancelled."""
        future: LoopFuture[T] = LoopFuture(self._engine)
        self._arriving.add(future)
        try:
            # An empty context: the work inherits nothing of its caller, least of all a deadline.
            send = self._engine.loop.call_soon_threadsafe
            send(self._begin, work, name, future, context=Context())
        except RuntimeError as error:  # the host has closed the loop under us
            raise _loop_closed() from error
        return future

    async def end(self, grace: float) -> None:
        """End what has begun. No work begins any more."""
        self._ending = True
        await self._tasks.end(grace)

    def close(self) -> None:
        """The loop has gone: fail what is still on its way to it."""
        while self._arriving:
            self._arriving.pop().fail(_stopped())

    def do(self, work: Callable[[], T]) -> T:
        """Run a function on the loop: at once from there, from another thread waiting for it.

        A thread also waits for the answer where the function returns a `LoopFuture`.
        """
        if self._engine.is_here():
            return work()
        with self._lock:
            self._sent += 1
        return self._send(_run(work)).result(_PATIENCE)

    def _send(self, work: Work[T]) -> PortalFuture[T]:
        loop = self._engine.loop
        future = PortalFuture(work, loop, self._count_end)
        try:
            loop.call_soon_threadsafe(future.begin)
        except RuntimeError as error:  # the host has closed the loop under us
            work.close()
            with self._lock:
                self._sent -= 1
            raise _loop_closed() from error
        return future

    def _begin(self, work: Callable[[], Work[T]], name: str, future: LoopFuture[T]) -> None:
        self._arriving.discard(future)
        if self._ending:
            future.fail(_stopped())
            return
        task = begin_task(self._engine.loop, work(), name)
        task.add_done_callback(partial(_settle, future))
        self._tasks.adopt(task)

    def _count_end(self) -> None:
        self._over += 1


def _loop_closed() -> RuntimeClosedError:
    return RuntimeClosedError("the event loop of this runtime is closed")


def _stopped() -> RuntimeClosedError:
    return RuntimeClosedError("the runtime stopped before it was done")


async def _run(work: Callable[[], T]) -> T:
    found = work()
    # A promise brings what its asker declares, here as in the handlers.
    return cast("T", await found) if is_pending(found) else found


async def _elsewhere(future: concurrent.futures.Future[T]) -> T:
    return await asyncio.wrap_future(future)


def _settle(future: LoopFuture[T], task: asyncio.Task[T]) -> None:
    # Not in the task itself: a task that is cancelled before its first step runs no code.
    if task.cancelled():
        future.fail(_stopped())
    elif (error := task.exception()) is not None:
        future.fail(error)
    else:
        future.set(task.result())
