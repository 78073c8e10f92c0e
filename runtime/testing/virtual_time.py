"""An event loop whose clock costs nothing: it jumps to the next timer when everything waits."""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from math import inf
from typing import Any, TypeVar

T = TypeVar("T")

LONGEST = 100_000.0
"""Virtual seconds after which a run has hung: repeated timers would keep it busy for ever."""
_PATIENCE = 1.0
"""Real seconds for another thread to wake a loop that has nothing else to wait for."""
_MOST_PASSES = 10_000


class StandstillError(RuntimeError):
    """Nothing can happen any more, or the loop never comes to rest."""


class _Selector(selectors.DefaultSelector):
    """Waits for nothing: a wait moves the clock."""

    advance: Callable[[], None]

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is not None:
            self.advance()
            return ready
        ready = super().select(_PATIENCE)
        if not ready:
            raise StandstillError("everything waits, and no timer is set that could end it")
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when nothing else can happen, and then at once.

    The clock starts at 0.0. It stands while the loop waits, in real time, for a call in an executor
    of the loop. Blocking executors of models have threads of their own and need a real loop.
    """

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self) -> None:
        self._now = 0.0
        self.limit: float = inf
        """Virtual seconds after which the run has hung."""
        selector = _Selector()
        selector.advance = self._advance
        super().__init__(selector)

    def time(self) -> float:
        return self._now

    def run_in_executor(  # type: ignore[override]  # a future is what an awaitable is here
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        with ThreadPoolExecutor(1) as own:
            work = (executor or own).submit(func, *args)
        error = work.exception()
        if error is None:
            done.set_result(work.result())
        else:
            done.set_exception(error)
        return done

    @property
    def is_quiet(self) -> bool:
        """Whether nothing more happens until time passes."""
        timers = self._scheduled
        return not self._ready and not (timers and timers[0].when() <= self._now)

    @property
    def timers(self) -> list[asyncio.TimerHandle]:
        """The timers that are still to ring, in no order."""
        return [timer for timer in self._scheduled if not timer.cancelled()]

    def _advance(self) -> None:
        # Exactly onto the timer: a sum of spans would miss it by a rounding error.
        self._now = max(self._now, self._scheduled[0].when())
        if self._now > self.limit:
            limit, self.limit = self.limit, inf  # what is cleaned up now may take its time
            raise TimeoutError(f"the run has not ended after {limit:.0f} virtual seconds")


def run_virtual(work: Coroutine[Any, Any, T], *, limit: float = LONGEST) -> T:
    """Run a coroutine in virtual time, as `asyncio.run` does in real time.

    Raises `TimeoutError` after `limit` virtual seconds, `StandstillError` when nothing can go on.

    >>> run_virtual(asyncio.sleep(3600.0, "an hour later"))
    'an hour later'
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        loop.limit = limit
        return runner.run(work)


async def settle() -> None:
    """Let everything happen that needs no time; on a `VirtualLoop`."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise RuntimeError("settle() needs virtual time: use it under run_virtual()")
    for _ in range(_MOST_PASSES):
        await asyncio.sleep(0)
        if loop.is_quiet:
            return
    raise StandstillError("it does not come to rest: something goes on without time passing")


async def sleep_until(end: float) -> None:
    """Sleep until then; for ever where that is infinite."""
    if end == inf:
        await asyncio.Event().wait()
    await asyncio.sleep(end - asyncio.get_running_loop().time())


async def sleep_whatever_happens(end: float) -> None:
    """Sleep until then, cancelled or not."""
    loop = asyncio.get_running_loop()
    while loop.time() < end:
        with suppress(asyncio.CancelledError):
            await sleep_until(end)
