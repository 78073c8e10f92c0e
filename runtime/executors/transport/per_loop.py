"""One thing for each event loop: connections belong to the loop they were made on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one at the first use on a loop.

    >>> lists = PerLoop(list)
    >>> async def same() -> bool:
    ...     return lists.of_this_loop() is lists.of_this_loop()
    >>> asyncio.run(same())
    True
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[asyncio.AbstractEventLoop, T] = {}

    def of_this_loop(self) -> T:
        """The running loop's."""
        loop = asyncio.get_running_loop()
        found = self._made.get(loop)
        if found is None:
            # A closed loop took its connections with it; nothing can be closed on it any more.
            for other in [other for other in self._made if other.is_closed()]:
                del self._made[other]
            found = self._made[loop] = self._make()
        return found

    def take(self) -> T | None:
        """The running loop's, to be closed: the next use makes another one."""
        return self._made.pop(asyncio.get_running_loop(), None)
