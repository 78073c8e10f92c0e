"""Blocking calls of a channel: in a thread that keeps no process from ending, one at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from ....actors.alerting.notification import DeliveryError
from ....actors.engine.interruptible import apart

T = TypeVar("T")


class OneThread(Generic[T]):
    """Runs a function in a thread of its own, unless the last one has not come back yet."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._busy = False

    async def run(self, function: Callable[[], T]) -> T:
        """Its result. A caller that is cancelled leaves the thread behind.

        Raises what the function raises, and `DeliveryError` while an earlier call hangs.
        """
        if self._busy:
            raise DeliveryError("the try before hangs")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[tuple[T | None, BaseException | None]] = loop.create_future()

        def settle(value: T | None, error: BaseException | None) -> None:
            if not done.done():
                done.set_result((value, error))

        def work() -> None:
            value: T | None = None
            failure: BaseException | None = None
            try:
                value = function()
            except BaseException as error:  # a `SystemExit` would end the thread without a word
                failure = error
            self._busy = False  # before its caller knows: the next call may follow at once
            with suppress(RuntimeError):  # the loop is closed: none waits any more
                loop.call_soon_threadsafe(settle, value, failure)

        self._busy = True
        try:
            apart(threading.Thread(target=work, name=self._name, daemon=True).start)
        except RuntimeError:  # there is no thread to be had
            self._busy = False
            raise
        result, raised = await done
        if isinstance(raised, Exception):
            raise raised
        if raised is not None:
            raise DeliveryError(f"ended with {type(raised).__name__}")
        return result  # type: ignore[return-value]  # None only where the function gives None
