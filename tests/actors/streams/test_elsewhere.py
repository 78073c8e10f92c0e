"""Reading from threads and from other loops."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.actors.engine.future import WouldDeadlockError
from hive_resilience.config import StreamConfig
from hive_resilience.errors import StreamInterruptedError
from hive_resilience.runtime.portal.portal_future import PortalFuture
from tests.fleet_kit import assert_at_rest, fleet, model

WHO = contextvars.ContextVar("who", default="nobody")


async def counting(task: Task) -> AsyncIterator[str]:
    for number in range(100):
        await asyncio.sleep(0)
        yield f"{number} "


async def breaks(task: Task) -> AsyncIterator[str]:
    yield "a"
    raise ConnectionError


class Endless:
    def __init__(self) -> None:
        self.left = threading.Event()
        self.sent = 0

    async def __call__(self, task: Task) -> AsyncIterator[str]:
        try:
            while True:
                self.sent += 1
                yield "a"
        finally:
            self.left.set()


def runtime_of(executor: object, **settings: Any) -> Runtime:
    return fleet(model("m", executor, stream=StreamConfig(buffer=4)), **settings)


def wait_for_rest(runtime: Runtime, left: threading.Event) -> None:
    assert left.wait(10)
    runtime._portal.submit(asyncio.sleep(0)).result(10)
    assert_at_rest(runtime)


ALL = [f"{number} " for number in range(100)]


def test_a_blocking_program_reads_a_stream_with_for() -> None:
    with runtime_of(counting) as runtime:
        with runtime.stream(Task("prompt")) as stream:
            assert list(stream) == ALL
        assert stream.result.success
        assert list(runtime.stream(Task("prompt"))) == ALL


def test_a_blocking_generator_is_read_by_a_blocking_program() -> None:
    def words(task: Task) -> Iterator[str]:
        yield from ("a", "b", "c")

    with runtime_of(words) as runtime:
        assert list(runtime.stream(Task("prompt"))) == ["a", "b", "c"]


def test_a_cut_stream_raises_in_a_blocking_program() -> None:
    with runtime_of(breaks) as runtime, runtime.stream(Task("prompt")) as stream:
        assert next(stream) == "a"
        with pytest.raises(StreamInterruptedError) as raised:
            next(stream)
        assert raised.value.partial == "a"


def test_a_blocking_program_that_leaves_ends_the_call() -> None:
    endless = Endless()
    with runtime_of(endless) as runtime:
        with runtime.stream(Task("prompt")) as stream:
            next(stream)
        assert endless.left.is_set()
        wait_for_rest(runtime, endless.left)
        assert not stream.result.success
        assert endless.sent <= 4 * 2 + 2


def test_a_blocking_program_that_drops_a_stream_ends_the_call() -> None:
    endless = Endless()
    with runtime_of(endless) as runtime:
        for _ in runtime.stream(Task("prompt")):
            break
        gc.collect()
        wait_for_rest(runtime, endless.left)
        assert runtime.snapshot().models["m"].metrics.cancelled == 1


def test_a_thread_that_is_interrupted_while_it_waits_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = threading.Event()

    async def stalls(task: Task) -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.sleep(100.0)
        finally:
            left.set()

    def interrupted(future: object, timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    with runtime_of(stalls, drain_timeout=0.05) as runtime:
        stream = runtime.stream(Task("prompt"))
        next(stream)
        with monkeypatch.context() as patch:
            patch.setattr(PortalFuture, "result", interrupted)
            with pytest.raises(KeyboardInterrupt):
                next(stream)
        del stream
        gc.collect()
        wait_for_rest(runtime, left)
        assert runtime.snapshot().models["m"].metrics.cancelled == 1


def test_the_runtimes_end_is_an_error_for_a_reader_in_a_thread() -> None:
    endless = Endless()
    with runtime_of(endless, drain_timeout=0.05) as runtime:
        stream = runtime.stream(Task("prompt"))
        next(stream)
    with pytest.raises(StreamInterruptedError):
        list(stream)
    assert endless.left.is_set()


def read_on_another_loop(runtime: Runtime) -> list[str]:
    async def read() -> list[str]:
        async with runtime.stream(Task("prompt")) as stream:
            return [chunk async for chunk in stream]

    return asyncio.run(read())


def leave_on_another_loop(runtime: Runtime) -> list[str]:
    async def leave() -> list[str]:
        async with runtime.stream(Task("prompt")) as stream:
            return [await anext(stream)]

    return asyncio.run(leave())


def break_on_another_loop(runtime: Runtime) -> list[str]:
    async def broken() -> list[str]:
        stream = runtime.stream(Task("prompt"))
        first = await anext(stream)
        with pytest.raises(StreamInterruptedError):
            await anext(stream)
        return [first]

    return asyncio.run(broken())


@pytest.mark.parametrize(
    ("executor", "reader", "expected"),
    [
        (counting, read_on_another_loop, ALL),
        (counting, leave_on_another_loop, ALL[:1]),
        (breaks, break_on_another_loop, ["a"]),
    ],
    ids=["read", "leave", "break"],
)
def test_a_stream_is_read_on_another_loop(
    executor: object, reader: Callable[[Runtime], list[str]], expected: list[str]
) -> None:
    async def run() -> None:
        async with runtime_of(executor) as runtime:
            assert await asyncio.to_thread(reader, runtime) == expected
            assert_at_rest(runtime)

    asyncio.run(run())


def test_blocking_on_the_loops_own_thread_is_refused() -> None:
    async def run() -> None:
        async with runtime_of(counting) as runtime:
            with pytest.raises(WouldDeadlockError), runtime.stream(Task("prompt")):
                pass
            with pytest.raises(WouldDeadlockError):
                next(runtime.stream(Task("prompt")))

    asyncio.run(run())


def test_the_call_has_the_readers_context() -> None:
    async def who(task: Task) -> AsyncIterator[str]:
        yield WHO.get()

    async def run() -> str:
        async with runtime_of(who) as runtime:
            WHO.set("the reader")
            async with runtime.stream(Task("prompt")) as stream:
                return str(await anext(stream))

    assert asyncio.run(run()) == "the reader"
    with runtime_of(who) as runtime:
        token = WHO.set("the thread")
        assert list(runtime.stream(Task("prompt"))) == ["the thread"]
        WHO.reset(token)


def test_a_blocking_generator_that_hangs_keeps_its_place_until_its_thread_is_back() -> None:
    go_on, closed = threading.Event(), threading.Event()

    def hangs(task: Task) -> Iterator[str]:
        try:
            yield "a"
            go_on.wait(10)
            yield "b"
        finally:
            closed.set()

    async def run() -> None:
        hung = model("m", hangs, stream=StreamConfig(idle=0.05))
        async with fleet(hung) as runtime, runtime.stream(Task("prompt")) as stream:
            assert await anext(stream) == "a"
            with pytest.raises(StreamInterruptedError, match="no more content"):
                await anext(stream)
            one = runtime.snapshot().models["m"]
            assert (one.under_way, one.bulkhead.in_flight, one.metrics.abandoned) == (0, 1, 1)
            go_on.set()
            await asyncio.to_thread(closed.wait, 10)
            async with asyncio.timeout(10):
                while runtime.snapshot().models["m"].bulkhead.in_flight:
                    await asyncio.sleep(0)
            assert_at_rest(runtime)

    asyncio.run(run())


def test_a_blocking_generator_is_closed_when_its_reader_leaves() -> None:
    left = threading.Event()

    def endless(task: Task) -> Iterator[str]:
        try:
            while True:
                yield "a"
        finally:
            left.set()

    with runtime_of(endless) as runtime:
        with runtime.stream(Task("prompt")) as stream:
            next(stream)
        wait_for_rest(runtime, left)
