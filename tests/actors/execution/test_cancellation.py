"""A caller that is cancelled leaves nothing behind, wherever it waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from hive_resilience import Outcome, Runtime, Task, TaskResult
from hive_resilience.actors.policies.breaker.states import State

from ...conftest import Virtual
from ...fleet_kit import STEADY, Model, assert_at_rest, crash, fleet, model, narrow, outcomes, until


async def cancel(caller: asyncio.Task[TaskResult]) -> None:
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


def start(runtime: Runtime, strategy: str | None = None) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x"), strategy=strategy))


def assert_uncounted(runtime: Runtime, model_id: str) -> None:
    one = runtime.snapshot().models[model_id]
    assert (one.breaker.calls, one.breaker.failures_in_row) == (0, 0)
    assert one.breaker.state is State.CLOSED


def test_a_call_that_is_cancelled_ends_upstream_and_counts_as_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=10.0)
        async with fleet(model("a", slow)) as runtime:
            caller = start(runtime)
            await until(lambda: slow.running)
            await cancel(caller)
            assert (slow.cancelled, slow.running) == (1, 0)
            assert_uncounted(runtime, "a")
            assert runtime.snapshot().models["a"].metrics.cancelled == 1
            assert_at_rest(runtime)

    virtual(main())


def test_a_cancellation_that_the_executor_makes_an_error_of_is_still_one(
    virtual: Virtual,
) -> None:
    async def translating(task: Task) -> str:
        try:
            await asyncio.sleep(30.0)
        except asyncio.CancelledError:
            raise ConnectionError("the connection was closed") from None
        return "answer"

    async def main() -> None:
        spare = Model()
        async with fleet(model("a", translating), model("b", spare)) as runtime:
            caller = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await cancel(caller)
            assert spare.calls == 0
            assert_uncounted(runtime, "a")
            assert runtime.snapshot().models["a"].metrics.cancelled == 1
            assert_at_rest(runtime)

    virtual(main())


def test_a_caller_that_is_cancelled_before_its_first_step_calls_nobody(virtual: Virtual) -> None:
    async def main() -> None:
        idle = Model()
        async with fleet(model("a", idle)) as runtime:
            await cancel(start(runtime))
            assert idle.calls == 0
            assert_at_rest(runtime)

    virtual(main())


def test_a_cancellation_that_comes_while_the_executor_runs_ends_it_at_its_next_wait(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        reached: list[str] = []

        async def cancels_its_caller(task: Task) -> None:
            reached.append("before")
            this = asyncio.current_task()
            assert this is not None
            this.cancel()
            await asyncio.sleep(0)
            reached.append("after")

        async with fleet(model("a", cancels_its_caller)) as runtime:
            caller = start(runtime)
            with pytest.raises(asyncio.CancelledError):
                await caller
            assert reached == ["before"]
            assert_uncounted(runtime, "a")
            assert_at_rest(runtime)

    virtual(main())


def test_a_caller_cancelled_in_the_bulkhead_line_leaves_it(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=5.0)
        async with fleet(model("a", slow, bulkhead=narrow(max_queue=5))) as runtime:
            first = start(runtime)
            await until(lambda: slow.running)
            second, third = start(runtime), start(runtime)
            await until(lambda: runtime.snapshot().models["a"].bulkhead.waiting == 2)
            await cancel(second)
            assert runtime.snapshot().models["a"].bulkhead.waiting == 1
            assert (await first).success
            assert (await third).success
            assert slow.calls == 2
            assert_at_rest(runtime)

    virtual(main())


def test_a_caller_cancelled_just_as_its_place_came_gives_it_back(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=5.0)
        async with fleet(model("a", slow, bulkhead=narrow(max_queue=5))) as runtime:
            first = start(runtime)
            await until(lambda: slow.running)
            second = start(runtime)
            await until(lambda: runtime.snapshot().models["a"].bulkhead.waiting == 1)
            # In the pass in which the first ends, the second has its permit but has not seen it.
            first.add_done_callback(lambda _: second.cancel())
            await first
            with pytest.raises(asyncio.CancelledError):
                await second
            assert slow.calls == 1
            assert_uncounted_but(runtime, calls=1)
            assert_at_rest(runtime)

    def assert_uncounted_but(runtime: Runtime, calls: int) -> None:
        assert runtime.snapshot().models["a"].breaker.calls == calls

    virtual(main())


def test_a_caller_cancelled_while_it_backs_off_makes_no_further_attempt(virtual: Virtual) -> None:
    async def main() -> None:
        failing = Model(ConnectionError("down"))
        async with fleet(model("a", failing, retry=STEADY)) as runtime:
            caller = start(runtime)
            await until(lambda: failing.calls == 1)
            await asyncio.sleep(0.5)
            await cancel(caller)
            await asyncio.sleep(60)
            assert failing.calls == 1
            assert_at_rest(runtime)

    virtual(main())


def test_a_cancelled_parallel_task_cancels_every_branch(virtual: Virtual) -> None:
    async def main() -> None:
        models = [Model(takes=10.0) for _ in range(3)]
        configs = [model(f"m{number}", one) for number, one in enumerate(models)]
        async with fleet(*configs) as runtime:
            caller = start(runtime, strategy="parallel")
            await until(lambda: sum(one.running for one in models) == 3)
            await cancel(caller)
            assert [one.cancelled for one in models] == [1, 1, 1]
            for config in configs:
                assert_uncounted(runtime, config.id)
            assert_at_rest(runtime)

    virtual(main())


def test_an_async_generator_is_closed_when_its_caller_is_cancelled(virtual: Virtual) -> None:
    async def main() -> None:
        ended: list[str] = []

        async def chunks(task: Task) -> AsyncIterator[str]:
            try:
                yield "one"
                await asyncio.sleep(10)
                yield "two"
            finally:
                ended.append("closed")

        async with fleet(model("a", chunks)) as runtime:
            caller = start(runtime)
            await asyncio.sleep(1)
            await cancel(caller)
            assert ended == ["closed"]
            assert_at_rest(runtime)

    virtual(main())


def test_a_trial_that_is_cancelled_leaves_room_for_the_next_trial(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one)) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(70)
            caller = start(runtime)
            await until(lambda: one.running)
            await cancel(caller)
            assert (await runtime.execute(Task("x"))).success
            assert_at_rest(runtime)

    virtual(main())


def test_a_caller_cancelled_while_the_actor_is_down_leaves_no_place_taken(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=20.0)
        async with fleet(model("a", slow, bulkhead=narrow(max_queue=5))) as runtime:
            first = start(runtime)
            await until(lambda: slow.running)
            second = start(runtime)
            await until(lambda: runtime.snapshot().models["a"].bulkhead.waiting == 1)
            crash(runtime, "a")
            crash(runtime, "a")  # the second restart comes after a while
            third = start(runtime)
            await asyncio.sleep(10)
            second.cancel()
            third.cancel()
            await asyncio.gather(second, third, return_exceptions=True)
            assert (await first).success
            await asyncio.sleep(60)
            assert_at_rest(runtime)

    virtual(main())


def test_a_cancelled_call_in_a_thread_gives_its_place_back_when_the_thread_returns() -> None:
    go, entered = threading.Event(), threading.Event()

    def blocks(task: Task) -> str:
        entered.set()
        go.wait(10)
        return "late"

    async def main() -> None:
        async with fleet(model("a", blocks, bulkhead=narrow())) as runtime:
            caller = start(runtime)
            await asyncio.to_thread(entered.wait, 10)
            await cancel(caller)
            held = runtime.snapshot().models["a"]
            assert (held.under_way, held.bulkhead.in_flight) == (0, 1)
            assert_uncounted(runtime, "a")
            go.set()
            await until(lambda: runtime.snapshot().models["a"].bulkhead.in_flight == 0)
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.SUCCESS)]
            assert_at_rest(runtime)

    asyncio.run(main())


def test_cancelling_the_future_of_a_submitted_task_cancels_the_call() -> None:
    started, ended = threading.Event(), threading.Event()

    async def slow(task: Task) -> None:
        started.set()
        try:
            await asyncio.sleep(100)
        finally:
            ended.set()

    with fleet(model("a", slow)) as runtime:
        future = runtime.submit(Task("x"))
        assert started.wait(10)
        assert future.cancel()
        assert ended.wait(10)
        assert_at_rest(runtime)
