"""From other threads to the loop and back: results, errors, cancellation, and a loop that ends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from hive_resilience import Task
from hive_resilience.actors.engine.background_tasks import begin_task
from hive_resilience.errors import RuntimeClosedError
from hive_resilience.runtime.portal.portal_future import PortalFuture

from ...fleet_kit import Model, fleet, model

LIMIT = 10.0
who: ContextVar[str] = ContextVar("who", default="nobody")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own."""
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


@pytest.fixture
def ended() -> list[str]:
    """One entry for each passage that is over."""
    return []


class Sender:
    """What sends work to the loop; it hears of each end by a place that is given back."""

    keeps_interrupts = False
    refusal: RuntimeClosedError | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop, ended: list[str]) -> None:
        self.places: set[PortalFuture[Any]] = Places(ended)
        self._loop = loop

    def is_here(self) -> bool:
        return False

    def end(self) -> RuntimeClosedError | None:
        return RuntimeClosedError("closed") if self._loop.is_closed() else None


class Places(set[Any]):
    def __init__(self, ended: list[str]) -> None:
        super().__init__()
        self._ended = ended

    def discard(self, element: object) -> None:
        self._ended.append("over")


Send = Callable[..., PortalFuture[str]]


@pytest.fixture
def send(loop: asyncio.AbstractEventLoop, ended: list[str]) -> Send:
    """Sends work to the loop."""

    def start(work: object) -> PortalFuture[str]:
        assert asyncio.iscoroutine(work)
        future = PortalFuture[str](work, loop, Sender(loop, ended))
        loop.call_soon_threadsafe(future.begin)
        return future

    return start


async def quick() -> str:
    return "answer"


async def fail() -> str:
    raise ValueError("wrong")


def test_the_result_comes_back(send: Send, ended: list[str]) -> None:
    assert send(quick()).result(LIMIT) == "answer"
    assert concurrent.futures.wait([send(quick())], LIMIT).not_done == set()


def test_an_error_comes_back(send: Send) -> None:
    with pytest.raises(ValueError, match="wrong"):
        send(fail()).result(LIMIT)


def test_the_work_sees_the_senders_context(send: Send) -> None:
    async def look() -> str:
        return who.get()

    who.set("ada")
    try:
        assert send(look()).result(LIMIT) == "ada"
    finally:
        who.set("nobody")


def test_cancelling_it_cancels_the_work_once(send: Send, ended: list[str]) -> None:
    entered, left = threading.Event(), threading.Event()
    cancels: list[int] = []

    async def wait() -> str:
        entered.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            await asyncio.sleep(0)
            cancels.append(task.cancelling())
            left.set()
            raise
        return "late"

    future = send(wait())
    assert entered.wait(LIMIT)
    assert future.cancel()
    assert future.cancel()
    assert left.wait(LIMIT)
    assert cancels == [1]
    assert concurrent.futures.wait([future], LIMIT).done == {future}


def test_cancelled_before_it_began_the_work_never_starts(
    loop: asyncio.AbstractEventLoop, ended: list[str]
) -> None:
    started: list[str] = []

    async def start() -> str:
        started.append("yes")
        return "answer"

    future = PortalFuture[str](start(), loop, Sender(loop, ended))
    assert future.cancel()
    loop.call_soon_threadsafe(future.begin)

    assert concurrent.futures.wait([future], LIMIT).done == {future}
    assert (started, ended) == ([], ["over"])


def test_work_that_answers_in_spite_of_its_cancellation_is_cancelled_all_the_same(
    send: Send,
) -> None:
    entered = threading.Event()

    async def stubborn() -> str:
        entered.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "stubborn"
        return "late"

    future = send(stubborn())
    assert entered.wait(LIMIT)
    future.cancel()

    assert concurrent.futures.wait([future], LIMIT).done == {future}
    assert future.cancelled()


def test_a_passage_that_is_over_keeps_nothing_of_its_work(send: Send) -> None:
    class Load:
        pass

    load = Load()
    seen = weakref.ref(load)

    async def carry(load: Load) -> str:
        return type(load).__name__

    future = send(carry(load))
    assert future.result(LIMIT) == "Load"
    del load
    send(quick()).result(LIMIT)  # the loop is through with the first
    gc.collect()
    assert seen() is None


def test_a_sender_whose_runtime_has_lost_its_loop_is_told_so() -> None:
    async def main() -> object:
        runtime = fleet(model("a", Model()))
        await runtime.__aenter__()
        return runtime

    runtime = asyncio.run(main())

    with pytest.raises(RuntimeClosedError, match="event loop of this runtime is closed"):
        runtime.submit(Task("x"))  # type: ignore[attr-defined]


def test_a_task_begins_at_once_where_python_can_do_that() -> None:
    async def main() -> bool:
        return begin_task(asyncio.get_running_loop(), quick()).done()

    assert asyncio.run(main()) is (sys.version_info >= (3, 12))


def test_a_loop_with_a_task_factory_keeps_it() -> None:
    made: list[object] = []

    def factory(loop: asyncio.AbstractEventLoop, work: object, **how: object) -> object:
        made.append(work)
        return asyncio.Task(work, loop=loop, **how)  # type: ignore[arg-type]

    async def main() -> str:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)  # type: ignore[arg-type]
        answer = await begin_task(loop, quick())
        assert len(made) == 1
        return answer

    assert asyncio.run(main()) == "answer"
