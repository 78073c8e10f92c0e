"""From any thread to the loop on which the actors live, and back."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from functools import partial
from typing import Any, TypeVar

from ...actors.engine.background_tasks import BackgroundTasks, begin_task
from ...actors.engine.future import LoopFuture
from ...actors.engine.interface import EngineInterface
from ...actors.policies.outcomes.errors import OverloadedError, RuntimeClosedError
from ...config.settings.runtime import GlobalConfig
from .portal_future import PortalFuture

T = TypeVar("T")

_PATIENCE = 30.0
"""Seconds a thread waits for a few steps on the loop before it gives up."""


class Portal:
    """Takes work to the engine's loop; refuses at once what no task's turn is left for.

    Without a bound, threads that send without waiting fill the memory in seconds.
    """

    def __init__(self, engine: EngineInterface, settings: GlobalConfig) -> None:
        self._engine = engine
        # Senders count with the lock, the loop's thread alone counts what is over: without it.
        self._sent = 0
        self._over = 0
        self._lock = threading.Lock()
        self._tasks = BackgroundTasks()
        self._sent_off: set[LoopFuture[Any]] = set()
        """What was asked to begin and has not arrived; single steps of a set need no lock."""
        self._ending = False
        self.adopt(settings)

    def adopt(self, settings: GlobalConfig) -> None:
        """Take as much as these settings allow."""
        self._limit = settings.max_concurrent_requests + settings.max_queued_requests

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
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

    def awaited(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """What to await for the result of `work`, on whichever loop: on ours `work` itself."""
        return work if self._engine.is_here() else _elsewhere(self.submit(work))

    def begin(self, work: Callable[[], Coroutine[Any, Any, T]]) -> LoopFuture[T]:
        """Begin what `work` makes on the loop, whatever becomes of whoever asked for it."""
        future: LoopFuture[T] = LoopFuture(self._engine)
        self._sent_off.add(future)
        try:
            # An empty context: it inherits nothing of whoever asks, least of all a deadline.
            send = self._engine.loop.call_soon_threadsafe
            send(self._begin, work, future, context=Context())
        except RuntimeError as error:  # the host has closed the loop under us
            raise _loop_closed() from error
        return future

    async def end(self, grace: float) -> None:
        """End what was begun, and begin nothing any more."""
        self._ending = True
        await self._tasks.end(grace)

    def close(self) -> None:
        """The loop has gone: nothing that is still on its way will arrive there."""
        while self._sent_off:
            self._sent_off.pop().fail(_stopped())

    def do(self, work: Callable[[], Any]) -> Any:
        """Run a function on the loop; from there at once, from elsewhere waiting for it."""
        if self._engine.is_here():
            return work()
        with self._lock:
            self._sent += 1
        return self._send(_run(work)).result(_PATIENCE)

    def _send(self, work: Coroutine[Any, Any, T]) -> PortalFuture[T]:
        loop = self._engine.loop
        future = PortalFuture(work, loop, self._ended)
        try:
            loop.call_soon_threadsafe(future.begin)
        except RuntimeError as error:  # the host has closed the loop under us
            work.close()
            with self._lock:
                self._sent -= 1
            raise _loop_closed() from error
        return future

    def _begin(self, work: Callable[[], Coroutine[Any, Any, T]], future: LoopFuture[T]) -> None:
        self._sent_off.discard(future)
        if self._ending:
            future.fail(_stopped())
            return
        task = begin_task(self._engine.loop, work(), "reload")
        task.add_done_callback(partial(_settle, future))
        self._tasks.adopt(task)

    def _ended(self) -> None:
        self._over += 1


def _loop_closed() -> RuntimeClosedError:
    return RuntimeClosedError("the event loop of this runtime is closed")


def _stopped() -> RuntimeClosedError:
    return RuntimeClosedError("the runtime stopped before it was done")


async def _run(work: Callable[[], Any]) -> Any:
    found = work()
    return await found if isinstance(found, LoopFuture) else found


async def _elsewhere(future: concurrent.futures.Future[T]) -> T:
    return await asyncio.wrap_future(future)


def _settle(future: LoopFuture[T], task: asyncio.Task[T]) -> None:
    # Not in the task itself: one that is cancelled before its first step does nothing any more.
    if task.cancelled():
        future.fail(_stopped())
    elif (error := task.exception()) is not None:
        future.fail(error)
    else:
        future.set(task.result())
