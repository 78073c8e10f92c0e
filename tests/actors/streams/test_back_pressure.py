"""A slow reader: how much is read ahead of it, and whose time that is."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.config import StreamConfig
from hive_resilience.errors import StreamInterruptedError
from hive_resilience.testing import VirtualLoop, run_virtual, settle
from tests.fleet_kit import assert_at_rest, fleet, model, outcomes

from .stream_kit import Streaming, read


async def read_slowly(runtime: Runtime, pause: float, task: Task | None = None) -> int:
    read = 0
    async with runtime.stream(task or Task("prompt")) as stream:
        async for _ in stream:
            read += 1
            await asyncio.sleep(pause)
    assert stream.result.success
    return read


def test_no_more_than_the_buffer_is_read_ahead_of_the_reader() -> None:
    async def run() -> None:
        many = Streaming(*["a"] * 1000)
        async with (
            fleet(model("m", many, stream=StreamConfig(buffer=8))) as runtime,
            runtime.stream(Task("prompt")) as stream,
        ):
            for taken in range(1, 100):
                await anext(stream)
                await settle()
                assert many.sent - taken <= 8 + 1  # one is in the hand of the one who waits

    run_virtual(run())


def test_a_slow_reader_gets_every_chunk() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming(*["a"] * 100))) as runtime:
            assert await read_slowly(runtime, 1.0) == 100

    run_virtual(run())


@pytest.mark.parametrize(
    "limits",
    [
        StreamConfig(buffer=1, idle=2.0),
        StreamConfig(buffer=1, total=20.0),
        StreamConfig(buffer=1, min_chunks_per_second=1.0, throughput_window=4.0),
    ],
    ids=["idle", "total", "throughput"],
)
def test_no_limit_counts_the_time_that_the_reader_takes(limits: StreamConfig) -> None:
    async def run() -> None:
        steady = Streaming(*["a", 0.5] * 20)
        async with fleet(model("m", steady, stream=limits)) as runtime:
            assert await read_slowly(runtime, 5.0, Task("prompt", timeout=500.0)) == 20

    run_virtual(run())


@pytest.mark.parametrize("pause", [0.5, 0.0])
def test_no_limit_counts_the_time_for_which_the_reader_holds_up_the_loop(pause: float) -> None:
    async def run() -> None:
        limits = StreamConfig(idle=2.0)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with fleet(model("m", Streaming(*["a", pause] * 10), stream=limits)) as runtime:
            async with runtime.stream(Task("prompt", timeout=500.0)) as stream:
                async for _ in stream:
                    loop._now += 7.0  # as a blocking call in the reader's loop
            assert stream.result.success

    run_virtual(run())


def test_a_model_that_stalls_while_the_reader_holds_up_the_loop_is_late() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        stalls = Streaming("a", 100.0, "b")
        async with fleet(model("m", stalls, stream=StreamConfig(idle=2.0))) as runtime:
            async with runtime.stream(Task("prompt")) as stream:
                await anext(stream)
                loop._now += 7.0
                with pytest.raises(StreamInterruptedError, match="no more content for 2 s"):
                    await anext(stream)
            assert loop.time() == 7.0

    run_virtual(run())


def test_after_the_reader_the_models_time_goes_on() -> None:
    async def run() -> None:
        stalls = Streaming("a", "b", "c", 100.0, "d")
        limits = StreamConfig(buffer=1, idle=3.0)
        async with fleet(model("m", stalls, stream=limits)) as runtime:
            loop = asyncio.get_running_loop()
            async with runtime.stream(Task("prompt")) as stream:
                await anext(stream)
                await asyncio.sleep(50.0)
                assert [await anext(stream), await anext(stream)] == ["b", "c"]
                began = loop.time()
                with pytest.raises(StreamInterruptedError, match="no more content for 3 s"):
                    await anext(stream)
                assert loop.time() - began == pytest.approx(3.0)

    run_virtual(run())


def test_a_deadline_that_the_reader_lets_pass_is_not_the_models_fault() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming(*["a"] * 100))) as runtime:
            async with runtime.stream(Task("prompt", timeout=5.0)) as stream:
                await anext(stream)
                await asyncio.sleep(10.0)
                with pytest.raises(StreamInterruptedError, match="deadline"):
                    async for _ in stream:
                        pass
            assert outcomes(stream.result) == [("m", "cancelled")]
            metrics = runtime.snapshot().models["m"].metrics
            assert (metrics.timeouts, metrics.failures, metrics.cancelled) == (0, 0, 1)
            assert_at_rest(runtime)

    run_virtual(run())


def test_what_was_read_ahead_is_there_before_the_error() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming("a", "b", "c", ConnectionError()))) as runtime:
            async with runtime.stream(Task("prompt")) as stream:
                await asyncio.sleep(1.0)
                got = [await anext(stream) for _ in range(3)]
                with pytest.raises(StreamInterruptedError):
                    await anext(stream)
            assert got == ["a", "b", "c"]

    run_virtual(run())


def test_the_place_is_free_when_the_model_is_done_and_not_when_the_reader_is() -> None:
    async def run() -> None:
        async with (
            fleet(model("m", Streaming("a", "b", "c"))) as runtime,
            runtime.stream(Task("prompt")) as stream,
        ):
            await asyncio.sleep(1.0)
            assert_at_rest(runtime)
            assert [chunk async for chunk in stream] == ["a", "b", "c"]

    run_virtual(run())


def test_one_slow_reader_holds_nobody_else_up() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming(*["a"] * 50))) as runtime:
            slow = asyncio.create_task(read_slowly(runtime, 1.0))
            await asyncio.sleep(1.0)
            began = asyncio.get_running_loop().time()
            assert (await read(runtime)).result.success
            assert asyncio.get_running_loop().time() == began
            assert await slow == 50

    run_virtual(run())
