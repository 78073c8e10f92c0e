"""What all tests share: clocks that stand still or cost nothing."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Coroutine, Iterator
from typing import Any, Protocol, TypeVar

import freezegun
import freezegun.api
import hypothesis
import pytest

from hive_resilience.runtime.testing.virtual_time import LONGEST
from hive_resilience.testing import VirtualLoop

T = TypeVar("T")

# pykka waits on the real clock, and looking through the call stack on each call is slow.
freezegun.configure(extend_ignore_list=["pykka"])
freezegun.api.call_stack_inspection_limit = 1

# How long an example takes tells of the machine: a busy one fails no test.
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")

# A shell lets what it runs in the background ignore Ctrl-C, and the commands under test would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop with virtual time, for tests that run one call after the other on it."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        yield runner.get_loop()


def run_on(loop: asyncio.AbstractEventLoop, call: Awaitable[T]) -> T:
    """Wait on `loop` for anything that can be awaited."""

    async def start() -> T:
        return await call

    return loop.run_until_complete(start())


LONGEST_FIRST = ("simulation", "benchmarks")
"""Folders of which a file takes long: a process that began one last would end alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; the rest stays in its order."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST_FIRST)


def pytest_collection_finish() -> None:
    """What the tests have imported stays: no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()
