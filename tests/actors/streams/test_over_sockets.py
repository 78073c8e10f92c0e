"""Every fault of a stream over real sockets, from a server's bytes to the runtime's reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from hive_resilience import OpenAICompatible, Plan, Runtime, StreamRestarted, Task
from hive_resilience.config import StreamConfig
from hive_resilience.errors import ModelTimeoutError, RuntimeClosedError, StreamInterruptedError
from hive_resilience.snapshots import Usage
from tests.fleet_kit import assert_at_rest, fleet, model, outcomes
from tests.runtime.executors.faulty_server import Behaviour, FaultyServer, hang, reset, run
from tests.runtime.executors.pouring import Step, cut, endless, pour, stall
from tests.runtime.executors.providers import COMPATIBLE, event

from .stream_kit import Read, read

START, SAID, END, OVER = COMPATIBLE.start, COMPATIBLE.said, COMPATIBLE.end, COMPATIBLE.over
CHAT = {"messages": [{"role": "user", "content": "Count."}]}
SOON = 1.0
"""Seconds in which the server has to see that its reader is gone."""


class World:
    """Models behind servers on real sockets; `m0` is the first."""

    def __init__(self, runtime: Runtime, servers: list[FaultyServer]) -> None:
        self.runtime = runtime
        self.servers = servers

    async def read(self, plan: Plan | None = None, strategy: str | None = None) -> Read:
        return await read(self.runtime, Task(CHAT), plan=plan, strategy=strategy)

    def plan(self, on_interrupt: str) -> Plan:
        others = tuple(f"m{i}" for i in range(1, len(self.servers)))
        return Plan("m0", others, on_interrupt=on_interrupt)


@asynccontextmanager
async def world(*scripts: Behaviour, **stream: Any) -> AsyncGenerator[World, None]:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(FaultyServer(script)) for script in scripts]
        models = [
            model(f"m{i}", OpenAICompatible(one.base_url, "tiny"), stream=StreamConfig(**stream))
            for i, one in enumerate(servers)
        ]
        runtime = await stack.enter_async_context(fleet(*models, drain_timeout=0.1))
        yield World(runtime, servers)


def ask(*scripts: Behaviour, plan: str | None = None, **settings: Any) -> Read:
    """Read one stream to its end."""

    async def story() -> Read:
        strategy = settings.pop("strategy", None)
        async with world(*scripts, **settings) as found:
            chosen = None if plan is None else found.plan(plan)
            got = await found.read(strategy=strategy, plan=chosen)
            assert_at_rest(found.runtime)
        return got

    return run(story())


def answer(*texts: str) -> Behaviour:
    return pour(COMPATIBLE.answer(*texts))


def every(pause: float, piece: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """The same piece again and again, at its own pace."""

    async def more(writer: asyncio.StreamWriter) -> None:
        while not writer.transport.is_closing():
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await asyncio.sleep(pause)

    return more


def text(found: Read) -> str:
    return "".join(map(str, found.chunks))


def test_an_answer_comes_whole() -> None:
    found = ask(answer("One, ", "two, ", "three"))
    assert text(found) == "One, two, three"
    assert found.result.value == "One, two, three"
    assert found.result.usage == Usage(total_tokens=7)
    assert not any(getattr(chunk, "usage", None) for chunk in found.chunks)  # none was asked for


@pytest.mark.parametrize("end", [cut, reset], ids=["cut", "reset"])
def test_a_cut_stream_is_interrupted(end: Step) -> None:
    found = ask(pour(START, SAID("One, "), SAID("two"), end))
    assert (text(found), found.cut.partial) == ("One, two", "One, two")
    assert outcomes(found.result) == [("m0", "failure")]


def test_a_stream_without_its_end_is_interrupted() -> None:
    found = ask(pour(START + SAID("One")))
    assert found.cut.partial == "One"
    assert not found.result.success


def test_a_malformed_stream_is_interrupted() -> None:
    found = ask(pour(START + SAID("One") + b"data: {broken\n\n" + END + OVER))
    assert found.cut.partial == "One"


def test_an_error_in_the_stream_interrupts_it() -> None:
    error = event({"error": {"message": "overloaded", "type": "server_error"}})
    found = ask(pour(START + SAID("One") + error))
    assert found.cut.partial == "One"


def test_a_stalled_stream_is_interrupted_and_its_connection_closed() -> None:
    async def story() -> None:
        async with world(pour(START, SAID("One"), stall), idle=0.2) as found:
            got = await found.read()
            assert isinstance(got.cut.__cause__, ModelTimeoutError)
            assert got.cut.__cause__.kind == "idle"
            async with asyncio.timeout(SOON):
                await found.servers[0].hung_up.wait()

    run(story())


def test_a_dripping_stream_falls_below_the_floor() -> None:
    found = ask(
        pour(START, every(0.05, SAID("a"))), min_chunks_per_second=100, throughput_window=0.3
    )
    assert isinstance(found.cut.__cause__, ModelTimeoutError)
    assert found.cut.__cause__.kind == "throughput"
    assert 2 <= len(found.cut.partial) <= 7


def test_keep_alives_do_not_keep_a_stalled_stream_alive() -> None:
    found = ask(pour(START, SAID("One"), every(0.05, b": keep-alive\n\n")), idle=0.2)
    assert isinstance(found.cut.__cause__, ModelTimeoutError)


def test_a_second_end_changes_nothing() -> None:
    found = ask(pour(COMPATIBLE.answer("One") + COMPATIBLE.answer("two")))
    assert text(found) == "One"
    assert found.result.success


def test_a_late_first_chunk_falls_back() -> None:
    found = ask(pour(START, every(0.02, START)), answer("One"), first_chunk=0.2)
    assert text(found) == "One"
    assert outcomes(found.result) == [("m0", "timeout"), ("m1", "success")]


def test_a_server_that_never_answers_falls_back() -> None:
    found = ask(hang, answer("One"), first_chunk=0.2)
    assert text(found) == "One"


def test_a_stream_cut_before_its_first_content_falls_back() -> None:
    assert text(ask(pour(START, cut), answer("One"))) == "One"


def test_restart_begins_again_with_the_next_model() -> None:
    found = ask(pour(START, SAID("One, "), cut), answer("Un, ", "deux"), plan="restart")
    assert [chunk for chunk in found.chunks if isinstance(chunk, StreamRestarted)] == [
        StreamRestarted("m0", "m1")
    ]
    assert text(found) == "One, Un, deux"
    assert found.result.value == "Un, deux"


def test_continue_sends_the_partial_answer_to_the_next_model() -> None:
    async def story() -> None:
        async with world(pour(START, SAID("One, "), cut), answer("two")) as found:
            got = await found.read(plan=found.plan("continue"))
            sent = found.servers[1].requests[0].json()["messages"]
            assert sent[-1] == {"role": "assistant", "content": "One, "}
            assert got.result.value == "One, two"

    run(story())


def test_the_first_content_wins_and_the_others_are_hung_up_on() -> None:
    async def story() -> None:
        slow = pour(START, stall)
        async with world(slow, pour(COMPATIBLE.answer("One"))) as found:
            got = await found.read(strategy="parallel")
            assert text(got) == "One"
            assert_at_rest(found.runtime)
            async with asyncio.timeout(SOON):
                await found.servers[0].hung_up.wait()

    run(story())


async def by_break(runtime: Runtime) -> None:
    async with runtime.stream(Task(CHAT)) as stream:
        async for chunk in stream:
            if str(chunk):
                break


async def by_dropping(runtime: Runtime) -> None:
    async for chunk in runtime.stream(Task(CHAT)):
        if str(chunk):
            break


async def by_cancellation(runtime: Runtime) -> None:
    begun = asyncio.Event()

    async def read_on() -> None:
        async with runtime.stream(Task(CHAT)) as stream:
            async for _ in stream:
                begun.set()

    reader = asyncio.create_task(read_on())
    await begun.wait()
    reader.cancel()
    await asyncio.wait([reader])


@pytest.mark.parametrize("leave", [by_break, by_dropping, by_cancellation])
@pytest.mark.parametrize(
    "script", [endless(SAID("a")), pour(START, SAID("a"), stall)], ids=["pours", "stalls"]
)
def test_a_reader_that_leaves_is_seen_by_the_server_within_a_second(
    leave: Callable[[Runtime], Awaitable[None]], script: Behaviour
) -> None:
    async def story() -> None:
        async with world(script) as found:
            await leave(found.runtime)
            async with asyncio.timeout(SOON):
                await found.servers[0].hung_up.wait()
            assert found.runtime.snapshot().models["m0"].metrics.cancelled == 1
            assert_at_rest(found.runtime)

    run(story())


def test_a_server_is_read_no_faster_than_the_reader_reads() -> None:
    async def story() -> None:
        sent = 0

        async def pours(writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            piece = SAID("a" * 50_000)
            while not writer.transport.is_closing():
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
                sent += len(piece)

        async with (
            world(pour(START, pours), buffer=4) as found,
            found.runtime.stream(Task(CHAT)) as stream,
        ):
            for _ in range(3):
                await anext(stream)
            before = -1
            while before != sent:  # until the sockets on the way are full
                before = sent
                await asyncio.sleep(0.1)
            assert sent < 30_000_000
            for _ in range(20):
                await anext(stream)

    run(story())


def test_the_runtimes_end_interrupts_a_stream_over_a_socket() -> None:
    async def story() -> Read:
        async with world(endless(SAID("a"))) as found:
            reader = asyncio.create_task(found.read())
            await found.servers[0].arrived.wait()
        return await reader

    assert isinstance(run(story()).error, StreamInterruptedError | RuntimeClosedError)
