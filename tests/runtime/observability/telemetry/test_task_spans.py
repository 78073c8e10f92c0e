"""One span a task and one below it an attempt, settled as the task has settled them."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

from hive_resilience import Plan, RetryConfig, Task
from hive_resilience.config import Jitter
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model, narrow

from .watched import Memory, id_of, parent_of, said, settled

AGAIN = RetryConfig(before_failover=2, base_delay=1.0, jitter=Jitter.NONE)


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_two_retries_and_a_fallback_are_one_task_and_four_attempts(
    virtual: Virtual, memory: Memory
) -> None:
    failing, good = Model(ConnectionError("gone"), takes=1.0), Model("hi", takes=2.0)
    runtime = memory.watch(fleet(model("a", failing, retry=AGAIN), model("b", good)))

    async def story() -> int:
        async with runtime:
            with memory.caller() as caller:
                assert (await runtime.execute(Task("?"))).value == "hi"
            return caller.span_id

    caller = virtual(story())

    task, attempts = memory.task, memory.attempts
    assert settled(attempts) == [
        ("a", 1, "failure", "transient"),
        ("a", 2, "failure", "transient"),
        ("a", 3, "failure", "transient"),
        ("b", 1, "success", None),
    ]
    assert [span.name for span in attempts] == [*["hive.attempt a"] * 3, "hive.attempt b"]
    assert parent_of(task) == caller
    assert {parent_of(span) for span in attempts} == {id_of(task)}
    assert len({span.get_span_context().trace_id for span in memory.spans}) == 1  # type: ignore[union-attr]
    assert [span.status.status_code for span in attempts] == [
        *[StatusCode.ERROR] * 3,
        StatusCode.UNSET,
    ]
    assert [span.status.description for span in attempts] == [*["transient"] * 3, None]
    assert {span.kind for span in (task, *attempts)} == {SpanKind.INTERNAL}
    assert [round(lasted(span), 3) for span in (task, *attempts)] == [8.0, 1.0, 1.0, 1.0, 2.0]


def lasted(span: object) -> float:
    return (span.end_time - span.start_time) / 1e9  # type: ignore[attr-defined, no-any-return]


def test_the_span_of_a_task_says_which_way_it_took(virtual: Virtual, memory: Memory) -> None:
    full, good = Model(takes=5.0), Model("hi")
    runtime = memory.watch(
        fleet(
            model("a", Model(OSError())), model("full", full, bulkhead=narrow()), model("b", good)
        )
    )

    async def story() -> None:
        async with runtime:
            first = asyncio.create_task(runtime.execute(Task(1), plan=Plan("full")))
            await asyncio.sleep(1.0)
            plan = Plan("a", fallbacks=("full", "b"))
            await runtime.execute(Task("?", priority="high"), plan=plan, strategy="sequential")
            await first

    virtual(story())

    told = said(memory.named("hive.task")[1])
    assert told == {
        "hive.priority": "high",
        "hive.plan": ("a", "full", "b"),
        "hive.strategy": "sequential",
        "hive.attempts": 2,
        "hive.fallback": True,
        "hive.degraded": False,
        "hive.model": "b",
        "hive.passed_over": ("full",),
        "hive.outcome": "success",
    }


def test_a_failed_task_says_its_fault(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model(OSError("disk")))))

    async def story() -> None:
        async with runtime:
            assert not (await runtime.execute(Task("?"))).success

    virtual(story())

    task = memory.task
    assert (said(task)["hive.outcome"], said(task)["error.type"]) == ("failure", "failure")
    assert (task.status.status_code, task.status.description) == (StatusCode.ERROR, "failure")


def test_a_timeout_is_a_timeout_and_an_empty_answer_a_failure(
    virtual: Virtual, memory: Memory
) -> None:
    runtime = memory.watch(
        fleet(model("slow", Model(takes=9.0), timeout=2.0), model("empty", Model("")))
    )

    async def story() -> None:
        async with runtime:
            await runtime.execute(Task("?"))

    virtual(story())

    assert settled(memory.attempts) == [
        ("slow", 1, "timeout", "timeout"),
        ("empty", 1, "failure", "empty_answer"),
    ]
    assert lasted(memory.attempts[0]) == pytest.approx(2.0)


def test_a_call_that_will_not_go_ends_its_span_when_it_is_left_behind(
    virtual: Virtual, memory: Memory
) -> None:
    async def stubborn(task: Task) -> str:
        while True:
            try:
                await asyncio.sleep(1_000.0)
            except asyncio.CancelledError:
                continue

    runtime = memory.watch(
        fleet(model("a", stubborn, timeout=1.0), model("b", Model("hi")), stop_grace=3.0)
    )

    async def story() -> None:
        async with runtime:
            await runtime.execute(Task("?"))

    virtual(story())

    assert settled(memory.attempts) == [("a", 1, "timeout", "timeout"), ("b", 1, "success", None)]
    assert memory.open == 0


def test_the_attempt_is_the_current_span_while_its_executor_runs(
    virtual: Virtual, memory: Memory
) -> None:
    async def sdk(task: Task) -> str:
        with memory.tracer.start_as_current_span("POST /chat"):
            await asyncio.sleep(1.0)
        if task.payload == "again":
            raise ConnectionError
        return "hi"

    runtime = memory.watch(fleet(model("a", sdk, retry=AGAIN)))

    async def story() -> None:
        async with runtime:
            with memory.caller() as caller:
                await runtime.execute(Task("again"))
                assert get_current_span().get_span_context() == caller

    virtual(story())

    inner = memory.named("POST /chat")
    assert len(inner) == 4
    assert [parent_of(span) for span in inner] == [id_of(span) for span in memory.attempts]


def test_a_caller_that_is_cancelled_ends_both_spans(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(
        fleet(model("a", Model(ConnectionError())), model("b", Model(takes=60.0)))
    )

    async def story() -> None:
        async with runtime:
            task = asyncio.create_task(runtime.execute(Task("?")))
            await asyncio.sleep(1.0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    virtual(story())

    assert settled(memory.attempts) == [
        ("a", 1, "failure", "transient"),
        ("b", 1, "cancelled", None),
    ]
    assert said(memory.task)["hive.outcome"] == "cancelled"
    assert {span.status.status_code for span in (memory.task, memory.attempts[1])} == {
        StatusCode.UNSET
    }
    assert memory.open == 0


def test_an_answer_after_which_a_cancelled_task_went_on_was_no_success(
    virtual: Virtual, memory: Memory
) -> None:
    runtime = memory.watch(fleet(model("a", Model("")), model("b", Model(takes=60.0))))

    async def story() -> None:
        async with runtime:
            task = asyncio.create_task(runtime.execute(Task("?")))
            await asyncio.sleep(1.0)
            task.cancel()
            await asyncio.wait([task])

    virtual(story())

    assert settled(memory.attempts) == [
        ("a", 1, "failure", "failure"),
        ("b", 1, "cancelled", None),
    ]
