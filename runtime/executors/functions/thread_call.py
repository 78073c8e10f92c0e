"""One call in a thread, as the loop sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import suppress
from contextvars import copy_context
from typing import Any


class ThreadCall:
    """Await it for what `function` returns or raises; it runs in the context of its maker.

    The thread cannot be cancelled. A caller that is cancelled while it waits leaves it running;
    `done` and `add_done_callback` tell when it has ended.
    """

    __slots__ = ("_answer", "_args", "_context", "_ended", "_function", "_listeners", "_loop")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        self._loop = loop
        self._function = function
        self._args = args
        self._context = copy_context()
        self._answer: asyncio.Future[Any] = loop.create_future()
        self._ended = False
        self._listeners: list[Callable[[ThreadCall], object]] = []

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._answer.__await__()

    def done(self) -> bool:
        """Whether the thread is through with it."""
        return self._ended

    def add_done_callback(self, listener: Callable[[ThreadCall], object]) -> None:
        """Call `listener` on the loop when the thread is through with it, which it is not yet."""
        self._listeners.append(listener)

    async def ended(self) -> None:
        """Wait until the thread is through with it, whatever came of it."""
        if self._ended:
            return
        over = asyncio.Event()
        self._listeners.append(lambda _: over.set())
        await over.wait()

    def run(self, through: Callable[[], None]) -> None:
        """Make the call; in the thread, which is `through` with it before the loop hears of it."""
        value, error = None, None
        try:
            value = self._context.run(self._function, *self._args)
        except BaseException as raised:  # whatever user code raises belongs to its caller
            error = raised
        through()
        with suppress(RuntimeError):  # the loop is closed: no caller waits any more
            self._loop.call_soon_threadsafe(self._end, value, error)

    def _end(self, value: Any, error: BaseException | None) -> None:
        self._ended = True
        if not self._answer.done():
            self._settle(value, error)
        for listener in self._listeners:
            listener(self)

    def _settle(self, value: Any, error: BaseException | None) -> None:
        answer = self._answer
        if error is None:
            answer.set_result(value)
        elif isinstance(error, StopIteration | KeyboardInterrupt | GeneratorExit):
            # A future refuses the first, the second would end the loop's program, and the third
            # look as if the task that awaits it were closed.
            failed = RuntimeError(f"the executor raised {type(error).__name__}")
            failed.__cause__ = error
            answer.set_exception(failed)
            answer.exception()
        else:
            answer.set_exception(error)
            answer.exception()  # an abandoned call's error has no owner any more
