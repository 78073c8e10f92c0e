"""Executors that block: in threads of their model, with their caller's context."""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar

import pytest

from hive_resilience import ExecutionContext, Outcome, Plan, Task
from hive_resilience.config import BulkheadConfig
from hive_resilience.errors import BulkheadFullError
from hive_resilience.events import CallAbandoned

from ....fleet_kit import assert_at_rest, fleet, model, narrow, outcomes, until

user: ContextVar[str] = ContextVar("user", default="nobody")
SOON = 0.02


class Blocker:
    """Blocks its thread until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.entered = threading.Semaphore(0)
        self.threads: list[str] = []

    def __call__(self, task: Task) -> str:
        self.threads.append(threading.current_thread().name)
        self.entered.release()
        self.let_go.wait(10)
        return "late"


def test_a_blocking_executor_runs_in_a_thread_of_its_model_with_the_callers_context() -> None:
    def blocks(task: Task) -> tuple[str, str]:
        return threading.current_thread().name, user.get()

    async def main() -> None:
        async with fleet(model("a", blocks)) as runtime:
            user.set("ada")
            name, who = (await runtime.execute(Task("x"))).unwrap()
            assert "a" in name
            assert name != threading.current_thread().name
            assert who == "ada"

    asyncio.run(main())


def test_one_call_after_the_other_needs_one_thread() -> None:
    names: set[str] = set()

    async def main() -> None:
        def quick(task: Task) -> None:
            names.add(threading.current_thread().name)

        async with fleet(model("a", quick)) as runtime:
            for _ in range(50):
                await runtime.execute(Task("x"))

    asyncio.run(main())
    assert len(names) <= 2


def test_a_thread_that_outlives_its_limit_holds_its_place_until_it_returns() -> None:
    blocker = Blocker()
    told: list[CallAbandoned] = []

    async def main() -> None:
        stuck = model("a", blocker, timeout=SOON, bulkhead=narrow())
        async with fleet(stuck) as runtime:
            runtime.subscribe(told.append, CallAbandoned)
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.TIMEOUT)]
            held = runtime.snapshot().models["a"]
            assert (held.under_way, held.bulkhead.in_flight, held.metrics.abandoned) == (0, 1, 1)
            refused = await runtime.execute(Task("y"))
            assert isinstance(refused.attempts[0].error, BulkheadFullError)
            blocker.let_go.set()
            await until(lambda: runtime.snapshot().models["a"].bulkhead.in_flight == 0)
            assert (await runtime.execute(Task("z"))).value == "late"
            assert_at_rest(runtime)

    asyncio.run(main())
    assert [(event.model_id, event.holds_place) for event in told] == [("a", True)]


def test_who_waits_in_line_gets_the_place_of_an_abandoned_thread_when_it_returns() -> None:
    blocker = Blocker()

    async def main() -> None:
        stuck = model("a", blocker, timeout=SOON, bulkhead=narrow(max_queue=1))
        async with fleet(stuck) as runtime:
            await runtime.execute(Task("x"))
            waiter = asyncio.create_task(runtime.execute(Task("y")))
            await until(lambda: runtime.snapshot().models["a"].bulkhead.waiting == 1)
            blocker.let_go.set()
            assert (await waiter).value == "late"
            assert_at_rest(runtime)

    asyncio.run(main())


def test_stuck_threads_of_one_model_cost_another_nothing() -> None:
    blocker = Blocker()

    async def main() -> None:
        places = BulkheadConfig(max_concurrent=8)
        stuck = model("stuck", blocker, timeout=SOON, bulkhead=places)
        other = model("other", lambda task: "fine")
        async with fleet(stuck, other) as runtime:
            tasks = (runtime.execute(Task("x"), plan=Plan("stuck")) for _ in range(20))
            results = await asyncio.gather(*tasks)
            assert not any(result.success for result in results)
            assert len(blocker.threads) == 8
            assert (await runtime.execute(Task("x"), plan=Plan("other"))).value == "fine"
            blocker.let_go.set()
            await until(lambda: runtime.snapshot().models["stuck"].bulkhead.in_flight == 0)

    asyncio.run(main())


def test_leaving_with_a_stuck_thread_neither_waits_for_it_nor_blocks_the_loop() -> None:
    blocker = Blocker()
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - before)

    async def main() -> None:
        places = BulkheadConfig(max_concurrent=4)
        async with fleet(model("a", blocker, timeout=SOON, bulkhead=places)) as runtime:
            await asyncio.gather(*(runtime.execute(Task("x")) for _ in range(4)))
            watcher = asyncio.create_task(watch())
            await asyncio.sleep(0)
        watcher.cancel()

    asyncio.run(main())
    blocker.let_go.set()
    assert longest < 0.15


@pytest.mark.parametrize("raised", [SystemExit(1), StopIteration("x"), ValueError("bad")])
def test_what_a_thread_raises_is_its_models_failure(raised: BaseException) -> None:
    def raises(task: Task) -> None:
        raise raised

    async def main() -> None:
        async with fleet(model("a", raises), model("b", lambda task: "fine")) as runtime:
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.FAILURE), ("b", Outcome.SUCCESS)]
            assert_at_rest(runtime)

    asyncio.run(main())


def test_a_plain_function_may_answer_with_an_awaitable() -> None:
    async def asks() -> str:
        await asyncio.sleep(0)
        return "awaited"

    async def main() -> None:
        async with fleet(model("a", lambda task: asks())) as runtime:
            assert (await runtime.execute(Task("x"))).value == "awaited"

    asyncio.run(main())


def test_a_blocking_object_learns_that_nobody_waits_any_more() -> None:
    seen: list[ExecutionContext] = []
    entered, let_go = threading.Event(), threading.Event()

    class Client:
        def execute(self, task: Task, context: ExecutionContext) -> None:
            seen.append(context)
            entered.set()
            let_go.wait(10)

    async def main() -> None:
        async with fleet(model("a", Client(), timeout=SOON)) as runtime:
            await runtime.execute(Task("x"))
            assert (seen[0].model_id, seen[0].attempt, seen[0].cancelled) == ("a", 1, True)
            assert seen[0].deadline == 0.0
            let_go.set()
            await until(lambda: runtime.snapshot().models["a"].bulkhead.in_flight == 0)

    asyncio.run(main())


def test_a_blocking_call_under_a_models_protection_keeps_context_and_error() -> None:
    def divides(number: int) -> float:
        assert user.get() == "grace"
        return 1 / number

    async def main() -> None:
        async with fleet(model("a", lambda task: None)) as runtime:
            user.set("grace")
            assert await runtime.call("a", divides, 2) == 0.5
            with pytest.raises(ZeroDivisionError):
                await runtime.call("a", divides, 0)
            assert runtime.snapshot().models["a"].metrics.attempts == 2

    asyncio.run(main())
