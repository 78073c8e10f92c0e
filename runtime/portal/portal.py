"""From any thread to the loop on which the actors live, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from ...actors.engine.background_tasks import BackgroundTasks, Work, begin_task
from ...actors.engine.future import LOOK, LoopFuture, WouldDeadlockError, is_pending
from ...actors.engine.interface import EngineInterface
from ...actors.policies.outcomes.errors import OverloadedError, RuntimeClosedError
from ...config.settings.runtime import GlobalConfig
from .portal_future import PortalFuture

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a thread waits for a few steps on the loop before it gives up."""


class OnLoop(Protocol):
    """`Portal.do`, for code that needs no more of the portal."""

    def __call__(self, work: Callable[[], T], /) -> T: ...


class Portal:
    """Takes work to the engine's loop, and refuses it at once when too much is under way.

    Without a bound, threads that send without waiting fill the memory in seconds. No lock: a signal
    handler may use the portal while the thread that it interrupts does. Single steps of a set need
    none, and a few places too many, taken at the same moment, harm nothing.
    """

    def __init__(self, engine: EngineInterface, settings: GlobalConfig) -> None:
        self._engine = engine
        self._tasks = BackgroundTasks()
        self.places: set[PortalFuture[Any]] = set()
        """All work that was sent and is not over."""
        self._operations: set[LoopFuture[Any]] = set()
        """What `begin` was asked for and is not over."""
        self.refusal: RuntimeClosedError | None = None
        """The reason why no work begins any more."""
        self._forked = False
        self.keeps_interrupts = False
        """Whether a Ctrl-C in an executor is its caller's alone: the loop is the runtime's own."""
        self.adopt(settings)

    def adopt(self, settings: GlobalConfig) -> None:
        """Take as much work as these settings allow."""
        self._limit = settings.max_concurrent_requests + settings.max_queued_requests

    def submit(self, work: Work[T]) -> PortalFuture[T]:
        """Run `work` on the loop; cancelling the future cancels it. Raises `OverloadedError`.

        Raises `WouldDeadlockError` on another loop of the same thread: it would wait for ever.
        """
        try:
            self._engine.check_not_standing()
        except WouldDeadlockError:
            work.close()
            raise
        if len(self.places) >= self._limit:
            work.close()
            raise OverloadedError(
                f"{self._limit} tasks are submitted already, which is the limit "
                "(max_concurrent_requests, max_queued_requests); nothing was started"
            )
        return self.send(work)

    def awaited(self, work: Work[T]) -> Work[T]:
        """Awaits the result of `work` on any loop; on the engine's it is `work` itself."""
        if self._engine.is_running_here():
            return work
        return arrived(self.submit(work))

    def begin(self, work: Callable[[], Work[T]], name: str) -> LoopFuture[T]:
        """Begin what `work` makes on the loop; it goes on when its caller is cancelled."""
        self._check()
        future: LoopFuture[T] = LoopFuture(self)
        self._operations.add(future)
        try:
            # An empty context: the work inherits nothing of its caller, least of all a deadline.
            send = self._engine.loop.call_soon_threadsafe
            send(self._begin, work, name, future, context=Context())
        except RuntimeError as error:  # the host has closed the loop under us
            raise _loop_closed() from error
        return future

    async def finish(self, grace: float) -> None:
        """End what has begun. No work begins any more."""
        self.refusal = _stopped()
        await self._tasks.end(grace)

    def close(self) -> None:
        """The loop has gone: fail what is still on its way to it."""
        self.refusal = reason = self.refusal or self.end() or _stopped()
        while self._operations:
            self._operations.pop().refuse(reason)
        while self.places:
            self.places.pop().abandon(reason)

    def refuse(self, reason: RuntimeClosedError) -> None:
        """The loop is another process's: all work is refused."""
        self.refusal = reason
        self._forked = True

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        return self._engine.is_here()

    def is_running_here(self) -> bool:
        """Whether the loop runs in this thread, and no other does."""
        return self._engine.is_running_here()

    def check_not_standing(self) -> None:
        """Raises `WouldDeadlockError` where the loop stands: another one runs in its thread."""
        self._engine.check_not_standing()

    def check_loop(self) -> None:
        """Fail all that waits if the loop is gone."""
        self._engine.check_loop()
        if self.end() is not None:
            self.close()

    def end(self) -> RuntimeClosedError | None:
        """The reason why no work of the loop comes to its end any more."""
        if self._forked:
            return self.refusal
        return _loop_closed() if self._engine.loop.is_closed() else None

    def do(self, work: Callable[[], T]) -> T:
        """Run a function on the loop: at once from there, from another thread waiting for it.

        A thread also waits for the answer where the function returns a `LoopFuture`.
        """
        if self._engine.is_here():
            return work()
        return self.send(_run(work)).result(PATIENCE)

    def send(self, work: Work[T]) -> PortalFuture[T]:
        """As `submit`, for a step of work that has its place already."""
        if self.refusal is not None:
            work.close()
            self._check()
        loop = self._engine.loop
        future = PortalFuture(work, loop, self)
        try:
            self.places.add(future)
            loop.call_soon_threadsafe(future.begin)
        except BaseException as error:  # the host has closed the loop under us, or a Ctrl-C came
            future.revoke()
            if isinstance(error, RuntimeError):
                raise _loop_closed() from error
            raise
        return future

    def _begin(self, work: Callable[[], Work[T]], name: str, future: LoopFuture[T]) -> None:
        if self.refusal is not None:
            self._operations.discard(future)
            future.refuse(self.refusal)
            return
        task = begin_task(self._engine.loop, work(), name)
        task.add_done_callback(partial(self._settle, future))
        self._tasks.adopt(task)

    def _settle(self, future: LoopFuture[T], task: asyncio.Task[T]) -> None:
        self._operations.discard(future)
        # Not in the task itself: a task that is cancelled before its first step runs no code.
        if task.cancelled():
            future.refuse(_stopped())
        elif (error := task.exception()) is not None:
            future.refuse(error)
        else:
            future.answer(task.result())

    def _check(self) -> None:
        if self.refusal is not None:
            raise RuntimeClosedError(str(self.refusal))


def _loop_closed() -> RuntimeClosedError:
    return RuntimeClosedError("the event loop of this runtime is closed")


def _stopped() -> RuntimeClosedError:
    return RuntimeClosedError("the runtime stopped before it was done")


async def _run(work: Callable[[], T]) -> T:
    found = work()
    # A promise brings what its asker declares, here as in the handlers.
    return cast("T", await found) if is_pending(found) else found


async def arrived(future: PortalFuture[T]) -> T:
    """Awaits a future on any loop; its work is cancelled with its waiter."""
    waiter = asyncio.wrap_future(future)
    try:
        while not (await asyncio.wait([waiter], timeout=LOOK))[0]:
            future.check_loop()
    except BaseException:
        waiter.cancel()
        raise
    return waiter.result()
