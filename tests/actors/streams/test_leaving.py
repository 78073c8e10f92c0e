"""Leaving a stream early, in every way: the call is cancelled, and the place is free."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.config import OnInterrupt, StreamConfig
from hive_resilience.errors import ModelUnavailableError, RuntimeClosedError, StreamInterruptedError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import STEADY, assert_at_rest, crash, fleet, model, outcomes

from .stream_kit import Streaming, read

ENDLESS = ["a", 1.0] * 1000
Leave = Callable[[Runtime], Coroutine[object, object, None]]


def counted(runtime: Runtime) -> tuple[int, int, int]:
    metrics = runtime.snapshot().models["m"].metrics
    return metrics.cancelled, metrics.successes, metrics.failures


async def by_break(runtime: Runtime) -> None:
    async with runtime.stream(Task("prompt")) as stream:
        async for _ in stream:
            break


async def by_closing(runtime: Runtime) -> None:
    stream = runtime.stream(Task("prompt"))
    await anext(stream)
    await stream.aclose()


async def by_an_error(runtime: Runtime) -> None:
    with suppress(LookupError):
        async with runtime.stream(Task("prompt")) as stream:
            await anext(stream)
            raise LookupError


async def by_cancellation(runtime: Runtime) -> None:
    async def read_on() -> None:
        async with runtime.stream(Task("prompt")) as stream:
            async for _ in stream:
                pass

    reader = asyncio.create_task(read_on())
    await asyncio.sleep(2.5)
    reader.cancel()
    with suppress(asyncio.CancelledError):
        await reader


async def before_the_first_chunk(runtime: Runtime) -> None:
    async with runtime.stream(Task("prompt")):
        await asyncio.sleep(0)


WAYS = (by_break, by_closing, by_an_error, by_cancellation, before_the_first_chunk)


@pytest.mark.parametrize("leave", WAYS)
def test_a_reader_that_leaves_cancels_the_call_at_once(leave: Leave) -> None:
    async def run() -> None:
        endless = Streaming(*ENDLESS)
        async with fleet(model("m", endless)) as runtime:
            await leave(runtime)
            assert endless.running == 0
            assert_at_rest(runtime)
            assert counted(runtime) == (1, 0, 0)
            assert runtime.snapshot().models["m"].breaker.failures_in_row == 0

    run_virtual(run())


async def by_dropping_the_iteration(runtime: Runtime) -> None:
    async for _ in runtime.stream(Task("prompt")):
        break


async def by_dropping_a_name(runtime: Runtime) -> None:
    stream = runtime.stream(Task("prompt"))
    await anext(stream)
    del stream


async def by_a_cycle(runtime: Runtime) -> None:
    stream = runtime.stream(Task("prompt"))
    await anext(stream)
    held: list[object] = [stream]
    held.append(held)
    del stream, held
    gc.collect()


@pytest.mark.parametrize("drop", [by_dropping_the_iteration, by_dropping_a_name, by_a_cycle])
def test_a_dropped_stream_is_noticed(drop: Leave) -> None:
    async def run() -> None:
        endless = Streaming(*ENDLESS)
        async with fleet(model("m", endless)) as runtime:
            await drop(runtime)
            await asyncio.sleep(0.01)
            assert endless.running == 0
            assert_at_rest(runtime)
            assert counted(runtime) == (1, 0, 0)

    run_virtual(run())


def test_the_result_of_a_stream_that_was_left_is_no_success() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming(*ENDLESS))) as runtime:
            async with runtime.stream(Task("prompt")) as stream:
                await anext(stream)
            assert not stream.result.success
            assert outcomes(stream.result) == [("m", "cancelled")]
            assert isinstance(stream.result.error, StreamInterruptedError)
            assert stream.result.error.partial == "a"
            with pytest.raises(StreamInterruptedError):
                await anext(stream)

    run_virtual(run())


def test_a_stream_left_at_its_end_is_a_success() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming("a", "b"))) as runtime:
            async with runtime.stream(Task("prompt")) as stream:
                await anext(stream)
            assert stream.result.success
            assert counted(runtime) == (0, 1, 0)

    run_virtual(run())


def test_a_model_that_will_not_end_is_left_behind_after_the_grace() -> None:
    async def stubborn(task: Task) -> AsyncIterator[str]:
        yield "a"
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1000)

    async def run() -> None:
        async with fleet(model("m", stubborn), stop_grace=2.0) as runtime:
            began = asyncio.get_running_loop().time()
            await by_closing(runtime)
            assert asyncio.get_running_loop().time() - began == pytest.approx(2.0)
            assert_at_rest(runtime)

    run_virtual(run())


async def turns_it_into_an_error(task: Task) -> AsyncIterator[str]:
    try:
        yield "a"
        await asyncio.sleep(1000)
    except asyncio.CancelledError as error:
        raise ConnectionError from error


async def turns_it_into_an_error_before_content(task: Task) -> AsyncIterator[str]:
    try:
        await asyncio.sleep(1000)
        yield "a"
    except asyncio.CancelledError as error:
        raise ConnectionError from error


async def turns_it_into_an_end(task: Task) -> AsyncIterator[str]:
    with suppress(asyncio.CancelledError):
        yield "a"
        await asyncio.sleep(1000)


@pytest.mark.parametrize(
    "executor",
    [turns_it_into_an_error, turns_it_into_an_error_before_content, turns_it_into_an_end],
)
def test_whatever_a_call_makes_of_its_cancellation_it_was_cancelled(executor: object) -> None:
    async def run() -> None:
        other = Streaming("b")
        restart = StreamConfig(on_interrupt=OnInterrupt.RESTART)
        first = model("m", executor, stream=restart, retry=STEADY)
        async with fleet(first, model("other", other)) as runtime:
            began = asyncio.get_running_loop().time()
            async with runtime.stream(Task("prompt")) as stream:
                await asyncio.sleep(1.0)
            assert asyncio.get_running_loop().time() - began == pytest.approx(1.0)
            assert not stream.result.success
            assert outcomes(stream.result) == [("m", "cancelled")]
            assert counted(runtime) == (1, 0, 0)
            assert other.calls == 0
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_stream_that_was_not_begun_before_the_drain_is_refused() -> None:
    async def run() -> None:
        streaming = Streaming("a")
        async with fleet(model("m", streaming)) as runtime:
            stream = runtime.stream(Task("prompt"))
            await runtime.drain(1.0)
            with pytest.raises(RuntimeClosedError):
                await anext(stream)
        assert streaming.calls == 0

    run_virtual(run())


def test_draining_waits_for_a_stream_that_is_read() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming("a", 5.0, "b"))) as runtime:
            reader = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.0)
            report = await runtime.drain(10.0)
            assert report.remaining == 0
        assert (await reader).result.value == "ab"

    run_virtual(run())


def test_the_runtimes_end_interrupts_a_stream() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming(*ENDLESS)), drain_timeout=2.0) as runtime:
            reader = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.5)
        found = await reader
        assert isinstance(found.cut.__cause__, RuntimeClosedError)
        assert found.cut.partial == "aaaa"

    run_virtual(run())


def test_the_runtimes_end_interrupts_a_stream_that_nobody_reads() -> None:
    async def run() -> None:
        many = Streaming(*["a"] * 1000)
        async with fleet(model("m", many), drain_timeout=2.0) as runtime:
            stream = runtime.stream(Task("prompt"))
            await anext(stream)
        assert many.running == 0
        with pytest.raises(StreamInterruptedError):
            async for _ in stream:
                pass

    run_virtual(run())


def test_a_stream_survives_a_crash_of_its_models_actor() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming("a", 2.0, "b"))) as runtime:
            reader = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.0)
            crash(runtime, "m")
            assert (await reader).result.value == "ab"
            assert_at_rest(runtime)

    run_virtual(run())


def test_on_crash_cancel_interrupts_a_stream() -> None:
    async def run() -> None:
        endless = Streaming(*ENDLESS)
        async with fleet(model("m", endless, on_crash="cancel")) as runtime:
            reader = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.5)
            crash(runtime, "m")
            found = await reader
            assert isinstance(found.cut.__cause__, ModelUnavailableError)
            assert endless.running == 0
            assert_at_rest(runtime)

    run_virtual(run())
