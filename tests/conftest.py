"""What all tests share: clocks that stand still or cost nothing."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Coroutine, Iterator
from typing import Any, Protocol, TypeVar

import async_solipsism
import freezegun
import freezegun.api
import pytest

T = TypeVar("T")

# pykka waits on the real clock, and looking through the call stack on each call is slow.
freezegun.configure(extend_ignore_list=["pykka"])  # type: ignore[no-untyped-call]  # it has no types
freezegun.api.call_stack_inspection_limit = 1

LONGEST = 100_000.0
"""Virtual seconds after which a test has hung: timers that come again never let it starve."""


class Virtual(Protocol):
    """Runs a coroutine on a loop whose time is virtual, and returns its result."""

    def __call__(self, work: Coroutine[Any, Any, T]) -> T: ...


@pytest.fixture
def virtual() -> Iterator[Virtual]:
    """Sleeps cost nothing here; a wait that nothing can end raises at once."""
    with (
        warnings.catch_warnings(),
        asyncio.Runner(loop_factory=async_solipsism.EventLoop) as runner,
    ):
        # Chance puts timers between the ticks of the virtual clock.
        warnings.simplefilter("ignore", async_solipsism.ResolutionWarning)

        def run(work: Coroutine[Any, Any, T]) -> T:
            return runner.run(_limited(work))

        yield run


async def _limited(work: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(LONGEST):
        return await work
