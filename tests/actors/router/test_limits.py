"""How much at once: the line before a model, the whole runtime, and rates."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hive_resilience import Task, TaskResult
from hive_resilience.config import BulkheadConfig, RateLimitConfig
from hive_resilience.errors import BulkheadFullError, OverloadedError, RateLimitedError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, narrow, until


def test_the_line_goes_by_priority_then_age(virtual: Virtual) -> None:
    async def main() -> None:
        order: list[object] = []

        async def notes(task: Task) -> None:
            order.append(task.payload)
            await asyncio.sleep(1)

        async with fleet(model("a", notes, bulkhead=narrow(max_queue=10))) as runtime:
            names = ["first", "low", "normal", "normal 2", "high", "critical", "high 2"]
            tasks = [Task(name, priority="normal") for name in names[:1]]
            tasks += [Task(name, priority=name.split()[0]) for name in names[1:]]
            running: list[asyncio.Task[TaskResult]] = []
            for task in tasks:
                running.append(asyncio.create_task(runtime.execute(task)))
                await asyncio.sleep(0)
            assert all(result.success for result in await asyncio.gather(*running))
            assert order == [
                *("first", "critical", "high", "high 2", "normal", "normal 2", "low"),
            ]
            assert_at_rest(runtime)

    virtual(main())


def test_a_full_line_sheds_its_lowest_for_a_higher_one(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(takes=5.0), bulkhead=narrow(max_queue=1))) as runtime:
            first = asyncio.create_task(runtime.execute(Task("first")))
            await asyncio.sleep(1)
            low = asyncio.create_task(runtime.execute(Task("low", priority="low")))
            await asyncio.sleep(1)
            high = asyncio.create_task(runtime.execute(Task("high", priority="high")))
            refused = await low
            assert isinstance(refused.attempts[0].error, BulkheadFullError)
            assert refused.execution_time == pytest.approx(1.0)
            assert (await high).success
            assert (await first).success
            assert_at_rest(runtime)

    virtual(main())


def test_no_more_calls_than_the_bulkhead_allows_are_ever_in_flight(virtual: Virtual) -> None:
    async def main() -> None:
        one, most = Model(takes=1.0), 0
        places = BulkheadConfig(max_concurrent=3, max_queue=50)
        async with fleet(model("a", one, bulkhead=places)) as runtime:
            tasks = [asyncio.create_task(runtime.execute(Task(n))) for n in range(20)]
            while not all(task.done() for task in tasks):
                most = max(most, one.running)
                await asyncio.sleep(0.1)
            assert (most, one.calls) == (3, 20)
            assert_at_rest(runtime)

    virtual(main())


def test_one_task_more_than_the_runtime_takes_is_refused_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=5.0)
        limits = {"max_concurrent_requests": 2, "max_queued_requests": 0}
        async with fleet(model("a", slow), **limits) as runtime:
            running = [asyncio.create_task(runtime.execute(Task(n))) for n in range(2)]
            await until(lambda: slow.running == 2)
            refused = await runtime.execute(Task("third"))
            assert isinstance(refused.error, OverloadedError)
            assert refused.attempts == ()
            assert all(result.success for result in await asyncio.gather(*running))
            assert (await runtime.execute(Task("fourth"))).success
            assert runtime.snapshot().router.refused == 1
            assert_at_rest(runtime)

    virtual(main())


def test_one_task_more_than_the_runtime_takes_cannot_be_submitted() -> None:
    let_go = threading.Event()

    def wait(task: Task) -> bool:
        return let_go.wait(10)

    with fleet(model("a", wait), max_concurrent_requests=1, max_queued_requests=1) as runtime:
        taken = [runtime.submit(Task("x")) for _ in range(2)]
        for _ in range(3):
            with pytest.raises(OverloadedError, match="2 tasks are submitted already"):
                runtime.submit(Task("x"))
        let_go.set()
        assert all(future.result(timeout=10).success for future in taken)
        assert runtime.submit(Task("x")).result(timeout=10).success


def test_a_task_that_waits_for_its_turn_gets_it_or_its_deadline(virtual: Virtual) -> None:
    async def main() -> None:
        limits = {"max_concurrent_requests": 1, "max_queued_requests": 5}
        async with fleet(model("a", Model(takes=5.0)), **limits) as runtime:
            first = asyncio.create_task(runtime.execute(Task("first")))
            await asyncio.sleep(1)
            second = asyncio.create_task(runtime.execute(Task("second")))
            late = asyncio.create_task(runtime.execute(Task("late", timeout=2.0)))
            gone = asyncio.create_task(runtime.execute(Task("gone")))
            await asyncio.sleep(1)
            gone.cancel()
            assert (await first).success
            assert (await second).success
            result = await late
            assert not result.success
            assert result.execution_time == pytest.approx(2.0)
            assert_at_rest(runtime)

    virtual(main())


def test_a_rate_limit_lets_so_many_through_and_tells_when_the_next_may_come(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        one = Model()
        limited = model("a", one, rate_limit=RateLimitConfig(requests_per_minute=3))
        async with fleet(limited, model("b", Model("b"))) as runtime:
            used = [(await runtime.execute(Task(n))).model_used for n in range(5)]
            assert used == ["a", "a", "a", "b", "b"]
            result = await runtime.execute(Task("x"))
            error = result.attempts[0].error
            assert isinstance(error, RateLimitedError)
            assert error.retry_after == pytest.approx(20.0)
            await asyncio.sleep(20)
            assert (await runtime.execute(Task("x"))).model_used == "a"
            assert one.calls == 4

    virtual(main())


def test_a_place_in_line_costs_no_rate_until_it_is_used(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=5.0)
        limit = RateLimitConfig(requests_per_minute=2)
        narrow_one = model("a", one, bulkhead=narrow(max_queue=5), rate_limit=limit)
        async with fleet(narrow_one) as runtime:
            tasks = [asyncio.create_task(runtime.execute(Task(n))) for n in range(4)]
            await asyncio.gather(*tasks)
            assert one.calls <= 2
            assert_at_rest(runtime)

    virtual(main())
