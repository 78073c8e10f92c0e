"""What all tests share: clocks that stand still or cost nothing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Iterator
from typing import Any, Protocol, TypeVar

import async_solipsism
import freezegun
import freezegun.api
import pytest

T = TypeVar("T")

# pykka waits on the real clock, and looking through the call stack on each call is slow.
freezegun.configure(extend_ignore_list=["pykka"])
freezegun.api.call_stack_inspection_limit = 1

LONGEST = 100_000.0
"""Virtual seconds after which a test has hung: timers that come again never let it starve."""


class VirtualLoop(async_solipsism.EventLoop):  # type: ignore[misc]  # it has no types
    """Its clock moves in ticks, so a timer between two of them waits for the later one."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        tick = self._clock_resolution
        # A tick is no binary fraction: a time on one must not be pushed to the next.
        ticks = math.ceil(round(when / tick, 3))
        return super().call_at(ticks * tick, callback, *args, context=context)


class Virtual(Protocol):
    """Runs a coroutine on a loop whose time is virtual, and returns its result."""

    def __call__(self, work: Coroutine[Any, Any, T]) -> T: ...


@pytest.fixture
def virtual() -> Iterator[Virtual]:
    """Sleeps cost nothing here; a wait that nothing can end raises at once."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:

        def run(work: Coroutine[Any, Any, T]) -> T:
            return runner.run(_limited(work))

        yield run


async def _limited(work: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(LONGEST):
        return await work
