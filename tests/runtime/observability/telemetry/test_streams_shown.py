"""The span of a stream's attempt ends with the stream, in whichever way that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hive_resilience import Plan, Task
from hive_resilience.config import StreamConfig
from hive_resilience.errors import AllModelsFailedError
from tests.conftest import Virtual
from tests.fleet_kit import fleet, model, until

from .test_task_spans import lasted
from .watched import Memory, id_of, parent_of, said, settled


@pytest.fixture
def memory() -> Memory:
    return Memory()


async def spoken(task: Task) -> AsyncIterator[str]:
    """One word a second."""
    for word in ("one ", "two ", "three"):
        await asyncio.sleep(1.0)
        yield word


async def broken(task: Task) -> AsyncIterator[str]:
    await asyncio.sleep(1.0)
    raise ConnectionError("gone")
    yield ""


async def cut(task: Task) -> AsyncIterator[str]:
    yield "one "
    await asyncio.sleep(1.0)
    raise ConnectionError("gone")


async def silent(task: Task) -> AsyncIterator[str]:
    await asyncio.sleep(1_000.0)
    yield "late"


def test_a_stream_read_to_its_end_is_a_success(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", broken), model("b", spoken)))

    async def story() -> None:
        async with runtime:
            with memory.caller() as caller:
                async with runtime.stream(Task("?")) as stream:
                    assert [chunk async for chunk in stream] == ["one ", "two ", "three"]
                assert parent_of(memory.task) == caller.span_id

    virtual(story())

    assert settled(memory.attempts) == [
        ("a", 1, "failure", "transient"),
        ("b", 1, "success", None),
    ]
    assert [round(lasted(span)) for span in memory.attempts] == [1, 3]
    assert {parent_of(span) for span in memory.attempts} == {id_of(memory.task)}
    assert memory.open == 0


def test_a_stream_that_its_reader_leaves_is_cancelled(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", broken), model("b", spoken)))

    async def story() -> None:
        async with runtime:
            async with runtime.stream(Task("?")) as stream:
                assert await anext(stream) == "one "
            assert memory.open == 0

    virtual(story())

    assert settled(memory.attempts) == [
        ("a", 1, "failure", "transient"),
        ("b", 1, "cancelled", None),
    ]
    assert said(memory.task)["hive.outcome"] == "cancelled"


def test_a_stream_that_is_dropped_ends_its_spans(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("b", spoken)))

    async def story() -> None:
        async with runtime:
            stream = runtime.stream(Task("?"))
            await anext(stream)
            del stream
            await until(lambda: memory.open == 0)

    virtual(story())

    assert settled(memory.attempts) == [("b", 1, "cancelled", None)]


def test_a_stream_left_before_its_first_step_has_no_span(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("b", spoken)))

    async def story() -> None:
        async with runtime, runtime.stream(Task("?")):
            pass

    virtual(story())

    assert memory.open == 0


def test_a_silent_stream_is_a_timeout(virtual: Virtual, memory: Memory) -> None:
    quick = StreamConfig(first_chunk=2.0)
    runtime = memory.watch(fleet(model("a", silent, stream=quick), model("b", spoken)))

    async def story() -> None:
        async with runtime, runtime.stream(Task("?")) as stream:
            assert [chunk async for chunk in stream]

    virtual(story())

    assert settled(memory.attempts) == [("a", 1, "timeout", "timeout"), ("b", 1, "success", None)]


def test_a_cut_stream_goes_on_below_the_same_task(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", cut), model("b", spoken)))

    async def story() -> None:
        async with runtime:
            plan = Plan("a", fallbacks=("b",), on_interrupt="restart")
            async with runtime.stream(Task("?"), plan=plan) as stream:
                assert "".join([str(chunk) async for chunk in stream]) == "one one two three"

    virtual(story())

    assert [one[:3] for one in settled(memory.attempts)] == [
        ("a", 1, "failure"),
        ("b", 1, "success"),
    ]
    assert said(memory.task)["hive.outcome"] == "success"


def test_rivals_of_a_stream_end_once_one_has_content(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", silent), model("b", spoken)))

    async def story() -> None:
        async with runtime:
            async with runtime.stream(Task("?"), strategy="parallel") as stream:
                assert [chunk async for chunk in stream]
            assert memory.open == 0

    virtual(story())

    assert sorted(settled(memory.attempts)) == [
        ("a", 1, "cancelled", None),
        ("b", 1, "success", None),
    ]


def test_a_span_of_a_generator_stays_open_between_its_chunks(
    virtual: Virtual, memory: Memory
) -> None:
    async def within(task: Task) -> AsyncIterator[str]:
        with memory.tracer.start_as_current_span("POST"):
            for word in ("one", "two"):
                with memory.tracer.start_as_current_span("read"):
                    await asyncio.sleep(1.0)
                yield word

    runtime = memory.watch(fleet(model("a", within)))

    async def story() -> None:
        async with runtime, runtime.stream(Task("?")) as stream:
            assert [chunk async for chunk in stream]

    virtual(story())

    (post,) = memory.named("POST")
    assert parent_of(post) == id_of(memory.attempts[0])
    assert [parent_of(span) for span in memory.named("read")] == [id_of(post)] * 2


def test_a_stream_that_no_model_can_give_fails(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", broken), model("b", broken)))

    async def story() -> None:
        async with runtime:
            with pytest.raises(AllModelsFailedError):
                async with runtime.stream(Task("?")) as stream:
                    await anext(stream)

    virtual(story())

    assert [one[2] for one in settled(memory.attempts)] == ["failure", "failure"]
    assert said(memory.task)["hive.outcome"] == "failure"
    assert memory.open == 0
