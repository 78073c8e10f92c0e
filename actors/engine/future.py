"""The engine's future: awaited on any loop without blocking it, read from any thread."""

from __future__ import annotations

import asyncio
import math
import queue
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, TypeAlias, TypeGuard, TypeVar

import pykka

from .interruptible import Arrival

T = TypeVar("T")
J = TypeVar("J")
M = TypeVar("M")
R = TypeVar("R")
ExcInfo: TypeAlias = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


LOOK = 1.0
"""Seconds after which a blocked reader checks that the loop it waits for still exists."""


class Home(Protocol):
    """The engine whose loop settles a future."""

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        ...

    def is_running_here(self) -> bool:
        """Whether the loop runs in this thread, and no other does."""
        ...

    def check_not_standing(self) -> None:
        """Raises `WouldDeadlockError` where the loop stands: another one runs in its thread."""
        ...

    def check_loop(self) -> None:
        """Refuse all that waits if the loop is closed."""
        ...


class WouldDeadlockError(RuntimeError):
    """A blocking wait on the loop's own thread, for an answer that only this loop can bring."""


class LoopFuture(pykka.Future[T]):
    """A `pykka.Future` without a condition variable.

    It is settled once, from any thread. Readers wait through callbacks that run when it settles;
    a callback added too late is found by its own second look, so no lock is needed.
    """

    _value: T

    def __init__(self, home: Home | None = None) -> None:
        super().__init__()
        self._home = home
        self._settled = False
        self._error: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._hooked = False
        self._sources: tuple[pykka.Future[Any], ...] | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._origin: LoopFuture[T] | None = None

    @property
    def settled(self) -> bool:
        """Whether a value or an exception has been set."""
        return self._settled

    @property
    def origin(self) -> LoopFuture[T]:
        """The future that a handler settles; another one where this one only copies it."""
        return self._origin or self

    async def arrived(self) -> T:
        """Awaits the value, as a coroutine."""
        return await self

    @property
    def failed(self) -> bool:
        """Whether an exception has been set."""
        return self._error is not None

    def get(self, *, timeout: float | None = None) -> T:
        if not self._settled and not self._hooked:
            self._wait(timeout)
        if self._hooked:
            return super().get(timeout=timeout)
        if self._error is not None:
            raise self._error.with_traceback(self._traceback)
        return self._value

    def set(self, value: T | None = None) -> None:
        self._refuse_second()
        self._value = value  # type: ignore[assignment]  # where it is None, that is a T
        self._settle()

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        self._refuse_second()
        kind, error, traceback = sys.exc_info() if exc_info is None else exc_info
        if error is None:
            error = kind() if kind is not None else RuntimeError("no exception was given")
        self._error = error
        self._traceback = traceback
        self._settle()

    def fail(self, error: BaseException) -> None:
        """Settle with `error`."""
        self.set_exception((type(error), error, error.__traceback__))

    def answer(self, value: T) -> None:
        """As `set`, for an actor's answer: the asker may have settled it itself by then."""
        if not (self._settled or self._hooked):
            self.set(value)

    def refuse(self, error: BaseException) -> None:
        """As `answer`, with an error."""
        if not (self._settled or self._hooked):
            self.fail(error)

    def set_get_hook(self, func: Callable[[float | None], T]) -> None:
        if self._settled:
            raise queue.Full
        super().set_get_hook(func)
        self._hooked = True
        self._call_back()

    def on_settled(self, callback: Callable[[], None]) -> None:
        """Call `callback` once settled, in the settling thread; at once if it is settled."""
        self._callbacks.append(callback)
        if self._settled or self._hooked:
            self._call_back()

    def filter(self: LoopFuture[Iterable[J]], func: Callable[[J], bool]) -> LoopFuture[Iterable[J]]:
        return self._derived(pykka.Future[Iterable[J]].filter(self, func))

    def join(self: LoopFuture[Any], *futures: pykka.Future[Any]) -> LoopFuture[Iterable[Any]]:
        return self._derived(super().join(*futures), *futures)

    def map(self, func: Callable[[T], M]) -> LoopFuture[M]:
        return self._derived(super().map(func))

    def reduce(self: LoopFuture[Iterable[J]], func: Callable[[R, J], R], *args: R) -> LoopFuture[R]:
        return self._derived(pykka.Future[Iterable[J]].reduce(self, func, *args))

    def _derived(self, future: pykka.Future[M], *others: pykka.Future[Any]) -> LoopFuture[M]:
        assert isinstance(future, LoopFuture)
        future._sources = (self, *others)
        return future

    def __await__(self) -> Generator[None, None, T]:
        if self._hooked:
            return (yield from self._await_hook())
        if not self._settled:
            yield from self._await_settled()
        return self.get()

    __iter__ = __await__

    def _await_settled(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()

        def wake() -> None:
            with suppress(RuntimeError):  # the awaiting loop has closed
                loop.call_soon_threadsafe(_finish, waiter)

        self.on_settled(wake)
        try:
            if self._home is None or self._home.is_running_here():
                yield from waiter
            else:
                yield from self._await_elsewhere(waiter, self._home).__await__()
        except BaseException:  # the waiting was cancelled
            self._forget(wake)
            raise

    async def _await_elsewhere(self, waiter: asyncio.Future[None], home: Home) -> None:
        home.check_not_standing()
        while not (await asyncio.wait([waiter], timeout=LOOK))[0]:
            home.check_loop()

    def _await_hook(self) -> Generator[None, None, T]:
        if self._sources is None:
            return (yield from asyncio.to_thread(self.get).__await__())
        for source in self._sources:
            try:
                yield from _without_blocking(source).__await__()
            except Exception:  # get() raises it again, in the hook's order
                break
        return self.get()

    def _wait(self, timeout: float | None) -> None:
        if self._home is not None and self._home.is_here():
            raise WouldDeadlockError(
                "get() would block the loop that has to bring the answer; await the future instead"
            )
        arrived = Arrival()
        wake = arrived.set
        self.on_settled(wake)
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        try:
            while not arrived.wait(max(0.0, min(LOOK, deadline - time.monotonic()))):
                if time.monotonic() >= deadline:
                    raise pykka.Timeout(f"{timeout} seconds")
                if self._home is not None:
                    self._home.check_loop()
        except BaseException:  # the time is up, or a Ctrl-C came
            self._forget(wake)
            raise

    def _forget(self, callback: Callable[[], None]) -> None:
        with suppress(ValueError):  # it is called already, or is about to be
            self._callbacks.remove(callback)

    def _refuse_second(self) -> None:
        if self._settled or self._hooked:
            raise queue.Full

    def _settle(self) -> None:
        self._settled = True
        if self._callbacks:
            self._call_back()

    def _call_back(self) -> None:
        while self._callbacks:
            try:
                callback = self._callbacks.pop()
            except IndexError:  # another thread took the last one
                return
            callback()


class Promise(LoopFuture[T]):
    """A handler returns it when the answer to an ask comes later, and settles it to answer."""

    def forward_to(self, reply: LoopFuture[T]) -> None:
        """Settle `reply` in the same way as this one."""

        reply._origin = self

        def answer() -> None:
            if self._error is not None:
                reply.refuse(self._error)
            else:
                reply.answer(self._value)

        self.on_settled(answer)


def is_pending(answer: object) -> TypeGuard[LoopFuture[object]]:
    """Whether `call` or `ask_now` has given no answer but the future that brings it."""
    return isinstance(answer, LoopFuture)


def _without_blocking(source: pykka.Future[T]) -> Awaitable[T]:
    # Awaiting any other future of pykka's blocks the loop.
    return source if isinstance(source, LoopFuture) else asyncio.to_thread(source.get)


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
