"""Work that a thread sends to a loop in another thread, and the way back of its result."""

from __future__ import annotations

import asyncio
import concurrent.futures
import time
from contextlib import suppress
from inspect import CORO_CREATED, getcoroutinestate
from math import inf
from typing import Any, Protocol, TypeVar

from ...actors.engine.background_tasks import Work, begin_task
from ...actors.engine.future import LOOK, WouldDeadlockError
from ...actors.engine.interruptible import Arrival, Gate
from ...actors.policies.outcomes.errors import RuntimeClosedError

T = TypeVar("T")


class Host(Protocol):
    """What sends work to a loop: the portal."""

    keeps_interrupts: bool
    """Whether a Ctrl-C of the work is its owner's alone: the loop goes on."""
    places: set[PortalFuture[Any]]
    """All work that was sent and is not over."""
    refusal: RuntimeClosedError | None
    """The reason why no work begins any more."""

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        ...

    def end(self) -> RuntimeClosedError | None:
        """The reason why no work of the loop comes to its end any more."""
        ...


class PortalFuture(concurrent.futures.Future[T]):
    """The future result of `work`; cancelling it cancels the work.

    It does what `asyncio.run_coroutine_threadsafe` does, without a second future and callbacks
    between the two: the task of the work itself sets the result.
    """

    def __init__(self, work: Work[T], loop: asyncio.AbstractEventLoop, host: Host) -> None:
        super().__init__()
        self._work = work
        self._loop = loop
        self._host = host
        self._task: asyncio.Task[None] | None = None
        self._begun = False
        self._revoked = False
        self._condition = Gate()  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # all that a future uses of it
        self._wakes = False
        self._arrivals: list[Arrival] = []
        """One for each thread that waits."""

    # For its owner, in any thread.

    def result(self, timeout: float | None = None) -> T:
        """As for every future. Raises `WouldDeadlockError` on the thread of the work's loop."""
        self._wait(timeout)
        return super().result(0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """As for every future. Raises `WouldDeadlockError` on the thread of the work's loop."""
        self._wait(timeout)
        return super().exception(0)

    def cancel(self) -> bool:
        """As for every future; the work gets a `CancelledError` on its loop."""
        if not super().cancel():
            return False
        self._revoked = True  # before `_stop` is on its way: `begin` comes before it, or sees this
        with suppress(RuntimeError):  # the loop is closed, and the work ended with it
            self._loop.call_soon_threadsafe(self._stop)
        return True

    def check_loop(self) -> None:
        """Fail if the loop of the work is gone: nothing else would settle this future."""
        reason = self._host.end()
        if reason is not None:
            self.abandon(reason)

    # For the portal.

    def revoke(self) -> None:
        """Take back what has perhaps not been sent: it does not begin any more."""
        self._revoked = True
        self._host.places.discard(self)
        # The loop may have closed between the task of the work and its first step.
        if not self._begun or getcoroutinestate(self._work) == CORO_CREATED:
            self._work.close()

    def abandon(self, error: BaseException) -> None:
        """The work does not run, or not to its end: `error` is its result."""
        self.revoke()
        if not self.done() or self.cancelled():
            self._fail(error)

    def begin(self) -> None:
        """Start the work; on the loop."""
        if self._host.refusal is not None:
            self.abandon(self._host.refusal)
        elif self._revoked:
            self.revoke()
            if super().cancel():
                self.set_running_or_notify_cancel()
        else:
            self._begun = True
            self._task = begin_task(self._loop, self._run())

    def _wait(self, timeout: float | None) -> None:
        if self.done():
            return
        if self._host.is_here():
            raise WouldDeadlockError(
                "this would block the loop that brings the result; "
                "await runtime.execute(...), or asyncio.wrap_future of this future"
            )
        if not self._wakes:
            self._wakes = True
            self.add_done_callback(self._wake)
        arrival = Arrival()
        self._arrivals.append(arrival)
        until = inf if timeout is None else time.monotonic() + timeout
        try:
            while not self.done():
                remaining = until - time.monotonic()
                if not arrival.wait(max(0.0, min(LOOK, remaining))):
                    if remaining <= LOOK:
                        raise concurrent.futures.TimeoutError
                    self.check_loop()
        finally:
            self._arrivals.remove(arrival)

    def _wake(self, _: object) -> None:
        for arrival in tuple(self._arrivals):
            arrival.set()

    def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _run(self) -> None:
        try:
            value = await self._work
        except asyncio.CancelledError:
            self._over()
            if self._revoked:
                super().cancel()
                self.set_running_or_notify_cancel()
            else:  # its owner has not asked for it: the loop ends
                self._fail(RuntimeClosedError("the runtime stopped before it was done"))
            raise
        except BaseException as error:
            self._over()
            self._fail(error)
            if not (isinstance(error, Exception) or self._host.keeps_interrupts):
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
        self._host.places.discard(self)

    def _fail(self, error: BaseException) -> None:
        try:
            self.set_exception(error)
        except concurrent.futures.InvalidStateError:
            with suppress(RuntimeError):  # its owner has heard of the cancellation already
                self.set_running_or_notify_cancel()


class _Elsewhere:
    """A host that begins all work: its loop says when it is over."""

    keeps_interrupts = True
    refusal: RuntimeClosedError | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.places: set[PortalFuture[Any]] = set()

    def is_here(self) -> bool:
        """Its work is sent from other threads alone."""
        return False

    def end(self) -> RuntimeClosedError | None:
        """The loop is closed."""
        closed = self._loop.is_closed()
        return RuntimeClosedError("the event loop of this runtime is closed") if closed else None


def send_to(loop: asyncio.AbstractEventLoop, work: Work[T]) -> PortalFuture[T]:
    """As `asyncio.run_coroutine_threadsafe`, with a future that a Ctrl-C does not break.

    Raises `RuntimeError` where the loop is closed.
    """
    future = PortalFuture(work, loop, _Elsewhere(loop))
    try:
        loop.call_soon_threadsafe(future.begin)
    except BaseException:
        future.revoke()
        raise
    return future
