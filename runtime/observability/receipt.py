"""What a writer gives back for what it will have written: waited for in a thread, or on a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ...actors.engine.interruptible import Arrival


class Receipt:
    """Settled once, by the writer; for one waiter. A Ctrl-C in the waiter keeps no lock."""

    __slots__ = ("_arrival", "_then", "is_settled")

    def __init__(self) -> None:
        self._arrival = Arrival()
        self._then: Callable[[], object] | None = None
        self.is_settled: bool = False

    def settle(self) -> None:
        """It is done; from any thread."""
        self.is_settled = True
        self._arrival.set()
        if self._then is not None:
            self._then()

    def wait(self, seconds: float) -> bool:
        """Block for so many seconds at most; whether it is settled."""
        return self._arrival.wait(seconds)

    async def arrived(self, seconds: float | None) -> bool:
        """As `wait`, without blocking the loop; None: however long it takes."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not waiter.done():
                waiter.set_result(None)

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed, and its waiter with it
                loop.call_soon_threadsafe(wake)

        self._then = tell
        if self.is_settled:  # perhaps before it knew
            return True
        await asyncio.wait([waiter], timeout=seconds)
        return self.is_settled
