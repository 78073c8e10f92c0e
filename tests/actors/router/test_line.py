"""A place in the line: where every model is full, a task waits for whichever is free first."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Runtime, Task, TaskResult
from hive_resilience.actors.events import TasksWaiting
from hive_resilience.config import BulkheadConfig
from hive_resilience.errors import BulkheadFullError, ModelTimeoutError
from hive_resilience.testing import crash as injected_crash

from ...conftest import Virtual
from ...fleet_kit import (
    NO_RETRY,
    Model,
    assert_at_rest,
    crash,
    fleet,
    model,
    narrow,
    outcomes,
    until,
)


def start(runtime: Runtime, count: int = 1, **fields: object) -> list[asyncio.Task[TaskResult]]:
    tasks = [Task(n, **fields) for n in range(count)]  # type: ignore[arg-type]
    return [asyncio.create_task(runtime.execute(task)) for task in tasks]


def waiting(runtime: Runtime) -> int:
    return runtime.snapshot().router.waiting


def test_500_tasks_at_once_on_one_default_model_are_all_answered(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=0.01)
        async with fleet(model("a", one)) as runtime:
            results = await asyncio.gather(*start(runtime, 500))
            assert all(result.success for result in results)
            assert max(result.execution_time for result in results) == pytest.approx(0.05)
            assert all(len(result.attempts) == 1 for result in results)
            assert_at_rest(runtime)

    virtual(main())


def test_a_full_model_is_passed_over_while_another_one_is_free(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(takes=5.0), Model(takes=1.0)
        configs = model("a", first, bulkhead=narrow(5)), model("b", second)
        async with fleet(*configs) as runtime:
            one, two = await asyncio.gather(*start(runtime, 2))
            assert (one.model_used, two.model_used) == ("a", "b")
            assert two.execution_time == 1.0
            assert outcomes(two) == [("a", "rejected"), ("b", "success")]
            assert_at_rest(runtime)

    virtual(main())


def test_a_task_waits_for_whichever_of_its_models_is_free_first(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(takes=5.0), Model(takes=1.0)
        configs = model("a", first, bulkhead=narrow(5)), model("b", second, bulkhead=narrow(5))
        async with fleet(*configs) as runtime:
            results = await asyncio.gather(*start(runtime, 3))
            assert [result.model_used for result in results] == ["a", "b", "b"]
            assert results[2].execution_time == 2.0
            assert len(results[2].attempts) == 1
            assert_at_rest(runtime)

    virtual(main())


def test_the_line_is_served_by_priority(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one, bulkhead=narrow(5))) as runtime:
            held = start(runtime)
            await until(lambda: one.running)
            low, high = start(runtime, priority="low"), start(runtime, priority="high")
            results = await asyncio.gather(*held, *low, *high)
            assert [result.execution_time for result in results] == pytest.approx(
                [1, 3, 2], abs=0.01
            )
            assert_at_rest(runtime)

    virtual(main())


def test_beyond_the_bound_a_task_is_refused_at_once_and_an_event_says_it(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        one = Model(takes=5.0)
        heard: list[TasksWaiting] = []
        async with fleet(model("a", one, bulkhead=narrow(1))) as runtime:
            runtime.subscribe(heard.append, TasksWaiting)
            results = await asyncio.gather(*start(runtime, 4))
            assert [result.success for result in results] == [True, True, False, False]
            refused = results[2]
            assert refused.execution_time == 0.0
            assert isinstance(refused.attempts[-1].error, BulkheadFullError)
            assert "1 tasks wait" in str(refused.error)
            assert runtime.snapshot().router.refused == 2
            assert_at_rest(runtime)
        assert [event.refused for event in heard] == [False, True]

    virtual(main())


def test_the_bound_is_the_sum_of_the_models_that_could_serve(virtual: Virtual) -> None:
    async def main() -> None:
        configs = [model(i, Model(takes=5.0), bulkhead=narrow(1)) for i in ("a", "b")]
        async with fleet(*configs) as runtime:
            results = await asyncio.gather(*start(runtime, 5))
            assert sum(result.success for result in results) == 4
            assert_at_rest(runtime)

    virtual(main())


def test_a_task_waits_no_longer_than_its_queue_timeout(virtual: Virtual) -> None:
    async def main() -> None:
        patient = BulkheadConfig(max_concurrent=1, max_queue=5, queue_timeout=2.0)
        async with fleet(model("a", Model(takes=5.0), bulkhead=patient)) as runtime:
            first, second = await asyncio.gather(*start(runtime, 2))
            assert first.success
            assert second.execution_time == pytest.approx(2.0)
            assert "queue_timeout" in str(second.error)
            assert_at_rest(runtime)

    virtual(main())


def test_a_task_leaves_the_line_at_its_deadline(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(takes=5.0), bulkhead=narrow(5))) as runtime:
            held = start(runtime)
            late = await runtime.execute(Task("x", timeout=1.0))
            assert (late.success, late.execution_time) == (False, 1.0)
            assert waiting(runtime) == 0
            assert (await held[0]).success
            assert_at_rest(runtime)

    virtual(main())


def test_what_has_failed_before_the_line_is_no_word_on_a_model_that_was_full(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        failing, full = Model(ConnectionError("a is down")), Model(takes=10.0)
        slots = BulkheadConfig(max_concurrent=1, max_queue=5)
        configs = model("a", failing, retry=NO_RETRY), model("b", full, bulkhead=slots)
        async with fleet(*configs) as runtime:
            held = start(runtime)
            await asyncio.sleep(0.1)
            result = await runtime.execute(Task(1, timeout=3.0))
            assert outcomes(result) == [("a", "failure"), ("b", "rejected")]
            late = result.attempts[1].error
            assert isinstance(late, ModelTimeoutError)
            assert (late.kind, late.model_id) == ("task", "b")
            await asyncio.gather(*held)
            assert_at_rest(runtime)

    virtual(main())


def test_a_wait_that_would_outlast_the_deadline_is_refused_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one, bulkhead=narrow(50))) as runtime:
            for _ in range(20):
                await runtime.execute(Task("x"))
            queued = start(runtime, 6)
            await until(lambda: waiting(runtime) == 5)
            hasty = await runtime.execute(Task("x", timeout=3.0))
            assert hasty.execution_time == 0.0
            error = hasty.attempts[-1].error
            assert isinstance(error, BulkheadFullError)
            assert error.retry_after == pytest.approx(6.0, rel=0.05)
            assert all(result.success for result in await asyncio.gather(*queued))
            assert_at_rest(runtime)

    virtual(main())


def test_tasks_in_line_are_told_when_no_model_can_serve_them_any_more(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=5.0)
        async with fleet(model("a", one, bulkhead=narrow(5))) as runtime:
            held = start(runtime)
            await until(lambda: one.running)
            queued = start(runtime)
            await until(lambda: waiting(runtime) == 1)
            runtime.model("a").trip("operator")
            result = await queued[0]
            assert not result.success
            assert result.execution_time < 1.0
            assert (await held[0]).success
            assert_at_rest(runtime)

    virtual(main())


def test_a_larger_bulkhead_serves_the_line_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=5.0)
        async with fleet(model("a", one, bulkhead=narrow(5))) as runtime:
            tasks = start(runtime, 3)
            await until(lambda: waiting(runtime) == 2)
            wide = model("a", one, bulkhead=BulkheadConfig(max_concurrent=3, max_queue=5))
            await runtime.reload(runtime.config.model_copy(update={"models": (wide,)}))
            await until(lambda: one.running == 3, most=1.0)
            assert all(result.success for result in await asyncio.gather(*tasks))
            assert_at_rest(runtime)

    virtual(main())


def test_the_line_survives_a_crash_of_the_model(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one, bulkhead=narrow(5))) as runtime:
            tasks = start(runtime, 3)
            await until(lambda: waiting(runtime) == 2)
            crash(runtime, "a")
            assert all(result.success for result in await asyncio.gather(*tasks))
            assert_at_rest(runtime)

    virtual(main())


def test_a_stream_waits_in_the_same_line(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one, bulkhead=narrow(5))) as runtime:
            held = start(runtime)
            async with runtime.stream(Task("x")) as stream:
                assert [chunk async for chunk in stream] == ["answer"]
            assert (await held[0]).success
            assert_at_rest(runtime)

    virtual(main())


def test_the_line_survives_a_crash_of_the_router_on_an_offered_place(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one, bulkhead=narrow(5))) as runtime:
            tasks = start(runtime, 3)
            await until(lambda: waiting(runtime) == 2)
            injected_crash(runtime, "router", at="PlaceOffered")
            assert all(result.success for result in await asyncio.gather(*tasks))
            assert one.asked_at[-1] - one.asked_at[0] == pytest.approx(2.0, abs=0.2)
            assert_at_rest(runtime)

    virtual(main())
