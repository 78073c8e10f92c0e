"""Spans of tasks that ask several models at once, of tasks within tasks, and of none."""

from __future__ import annotations

import pytest
from opentelemetry.trace import StatusCode

from hive_resilience import Plan, Task
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .watched import Memory, id_of, parent_of, said, settled


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_rivals_that_lose_end_with_the_task(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(
        fleet(model("slow", Model(takes=9.0)), model("fast", Model("hi", takes=1.0)))
    )

    async def story() -> None:
        async with runtime:
            await runtime.execute(Task("?"), strategy="parallel")
            assert memory.open == 0

    virtual(story())

    assert sorted(settled(memory.attempts)) == [
        ("fast", 1, "success", None),
        ("slow", 1, "cancelled", None),
    ]
    assert {parent_of(span) for span in memory.attempts} == {id_of(memory.task)}
    assert len(memory.spans) == 3


def test_a_hedge_has_a_span_beside_that_of_the_silent_model(
    virtual: Virtual, memory: Memory
) -> None:
    runtime = memory.watch(
        fleet(
            model("silent", Model(takes=50.0)),
            model("b", Model("hi", takes=1.0)),
            hedge_after=2.0,
        )
    )

    async def story() -> None:
        async with runtime:
            assert (await runtime.execute(Task("?"))).model_used == "b"

    virtual(story())

    assert [one[:2] for one in settled(memory.attempts)] == [("silent", 1), ("b", 1)]
    assert settled(memory.attempts)[1][2] == "success"
    first, second = memory.attempts
    assert (second.start_time or 0) - (first.start_time or 0) == pytest.approx(2e9)
    assert memory.open == 0


def test_nothing_is_shown_of_a_task_that_is_not_begun(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model())))

    async def story() -> None:
        async with runtime:
            runtime.execute(Task("?")).close()

    virtual(story())

    assert memory.spans == ()


def test_a_task_that_was_refused_has_a_span_without_attempts(
    virtual: Virtual, memory: Memory
) -> None:
    runtime = memory.watch(fleet(model("a", Model(), enabled=False)))

    async def story() -> None:
        async with runtime:
            assert not (await runtime.execute(Task("?"))).success

    virtual(story())

    assert memory.attempts == []
    assert said(memory.task)["hive.attempts"] == 0
    assert memory.task.status.status_code is StatusCode.ERROR


def test_a_task_within_a_task_hangs_below_the_attempt(virtual: Virtual, memory: Memory) -> None:
    async def asks(task: Task) -> object:
        return (await runtime.execute(Task("inner"), plan=Plan("b"))).value

    runtime = memory.watch(fleet(model("a", asks), model("b", Model("deep"))))

    async def story() -> None:
        async with runtime:
            assert (await runtime.execute(Task("?"), plan=Plan("a"))).value == "deep"

    virtual(story())

    outer, inner = memory.named("hive.task")
    (asking,), (asked,) = memory.named("hive.attempt a"), memory.named("hive.attempt b")
    assert [parent_of(one) for one in (asking, inner, asked)] == [
        id_of(outer),
        id_of(asking),
        id_of(inner),
    ]


def test_without_a_span_of_the_caller_the_request_behind_the_task_is_its_parent(
    virtual: Virtual, memory: Memory
) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    runtime = memory.watch(fleet(model("a", Model())))

    async def story() -> None:
        async with runtime:
            headers = {"traceparent": f"00-{trace}-{span}-01"}
            await runtime.execute(Task("?", headers=headers))

    virtual(story())

    assert parent_of(memory.task) == int(span, 16)
