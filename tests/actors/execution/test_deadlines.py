"""One deadline a task, one limit an attempt, and executors that ignore both."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import pytest

from hive_resilience import ExecutionContext, Outcome, Plan, RetryConfig, Task
from hive_resilience.actors.calls.scope import deadline_here
from hive_resilience.config import Jitter
from hive_resilience.errors import ModelTimeoutError

from ...conftest import Virtual
from ...fleet_kit import NO_RETRY, STEADY, Model, assert_at_rest, fleet, model, narrow, outcomes


async def swallows_cancellation(task: Task) -> str:
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            continue


def test_an_attempt_ends_at_its_limit_and_the_next_model_answers(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=100.0)
        async with fleet(model("a", slow, timeout=3.0), model("b", Model())) as runtime:
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.TIMEOUT), ("b", Outcome.SUCCESS)]
            assert result.execution_time == pytest.approx(3.0)
            assert (slow.cancelled, slow.running) == (1, 0)
            assert isinstance(result.attempts[0].error, ModelTimeoutError)
            assert result.attempts[0].error.kind == "attempt"
            assert_at_rest(runtime)

    virtual(main())


def test_an_attempt_that_timed_out_is_retried_where_no_other_model_is_left(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        slow = Model(takes=100.0)
        async with fleet(model("a", slow, timeout=3.0, retry=STEADY)) as runtime:
            result = await runtime.execute(Task("x", timeout=60.0))
            assert outcomes(result) == [("a", Outcome.TIMEOUT)] * 4

    virtual(main())


def test_the_deadline_of_a_task_covers_retries_and_fallbacks(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(ConnectionError(), takes=2.0), Model(takes=100.0)
        async with fleet(model("a", first, retry=STEADY), model("b", second)) as runtime:
            result = await runtime.execute(Task("x", timeout=20.0))
            assert isinstance(result.error, ModelTimeoutError)
            assert (result.error.kind, result.error.limit) == ("task", 20.0)
            assert result.execution_time == pytest.approx(20.0)
            assert first.calls == 1
            assert outcomes(result)[-1] == ("b", Outcome.TIMEOUT)
            assert_at_rest(runtime)

    virtual(main())


def test_a_retry_that_would_begin_after_the_deadline_is_not_waited_for(virtual: Virtual) -> None:
    async def main() -> None:
        far = RetryConfig(max_retries=3, base_delay=50.0, max_delay=50.0, jitter=Jitter.NONE)
        failing, other = Model(ConnectionError()), Model()
        async with fleet(model("a", failing, retry=far), model("b", other)) as runtime:
            result = await runtime.execute(Task("x", timeout=10.0))
            assert result.model_used == "b"
            assert result.execution_time < 1.0

    virtual(main())


def test_a_task_that_executes_another_ends_with_it_at_its_own_deadline(virtual: Virtual) -> None:
    async def main() -> None:
        inner_errors: list[BaseException | None] = []

        async def nests(task: Task) -> str:
            inner = await runtime.execute(Task("inner", timeout=500.0), plan=None)
            inner_errors.append(inner.error)
            return "outer"

        configs = (model("inner", Model(takes=300.0), timeout=400.0),)
        async with fleet(*configs, task_timeout=5.0) as runtime:
            runtime.add_model(model("outer", nests, timeout=400.0))
            result = await runtime.execute(Task("x"), plan=Plan("outer"))
            assert result.execution_time == pytest.approx(5.0)
            assert not result.success
            assert deadline_here() == inf
            assert_at_rest(runtime)

    virtual(main())


class Sees:
    """Answers with the seconds that are left for it."""

    async def execute(self, task: Task, context: ExecutionContext) -> float:
        return context.deadline


@pytest.mark.parametrize("blocks", [False, True], ids=["async", "in a thread"])
@pytest.mark.parametrize("strategy", ["sequential", "parallel"])
def test_the_deadline_reaches_what_an_executor_executes(blocks: bool, strategy: str) -> None:
    inner = Task("inner", timeout=500.0)
    plan = Plan("inner", strategy=strategy)

    async def nests(task: Task) -> object:
        return (await runtime.execute(inner, plan=plan)).value

    def nests_in_a_thread(task: Task) -> object:
        return runtime.submit(inner, plan=plan).result(timeout=10).value

    async def main(executor: object) -> None:
        async with runtime:
            runtime.add_model(model("outer", executor, timeout=400.0))
            result = await runtime.execute(Task("x", timeout=60.0), plan=Plan("outer"))
            assert 0.0 < result.value <= 60.0

    runtime = fleet(model("inner", Sees(), timeout=400.0))
    asyncio.run(main(nests_in_a_thread if blocks else nests))


def test_a_deadline_of_its_own_ends_the_inner_task_alone(virtual: Virtual) -> None:
    async def main() -> None:
        async def nests(task: Task) -> object:
            if task.payload == "inner":
                await asyncio.sleep(100)
            inner = await runtime.execute(Task("inner", timeout=2.0))
            return inner.error

        async with fleet(model("a", nests)) as runtime:
            result = await runtime.execute(Task("x", timeout=50.0))
            assert isinstance(result.value, ModelTimeoutError)
            assert result.execution_time == pytest.approx(2.0)
            assert_at_rest(runtime)

    virtual(main())


def test_an_executor_that_swallows_its_cancellation_is_left_behind_after_the_grace(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        first = model("a", swallows_cancellation, timeout=3.0)
        async with fleet(first, model("b", Model()), stop_grace=5.0) as runtime:
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.TIMEOUT), ("b", Outcome.SUCCESS)]
            assert result.execution_time == pytest.approx(8.0)
            assert_at_rest(runtime)

    virtual(main())


def test_an_executor_that_answers_after_its_cancellation_is_too_late(virtual: Virtual) -> None:
    async def main() -> None:
        async def insists(task: Task) -> str:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                return "too late"
            return "never"

        async with fleet(model("a", insists, timeout=1.0)) as runtime:
            result = await runtime.execute(Task("x"))
            assert (result.success, result.value) == (False, None)
            this = asyncio.current_task()
            assert this is not None
            assert this.cancelling() == 0

    virtual(main())


class StrangeError(BaseException):
    pass


@pytest.mark.parametrize(
    "raised",
    [
        *(SystemExit(3), GeneratorExit(), asyncio.CancelledError("mine"), StrangeError()),
        *(StopIteration(), StopAsyncIteration(), BaseExceptionGroup("g", [StrangeError()])),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_an_executor_raises_is_an_outcome_and_the_next_model_answers(
    virtual: Virtual, raised: BaseException
) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(raised)), model("b", Model(takes=1.0))) as runtime:
            other = asyncio.create_task(runtime.execute(Task("other")))
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.FAILURE), ("b", Outcome.SUCCESS)]
            assert (await other).success
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("raised", [SystemExit(3), asyncio.CancelledError(), StopIteration()])
def test_a_parallel_branch_may_raise_anything_and_another_one_wins(
    virtual: Virtual, raised: BaseException
) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(raised)), model("b", Model(takes=1.0))) as runtime:
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert result.model_used == "b"
            assert outcomes(result)[0] == ("a", Outcome.FAILURE)
            assert_at_rest(runtime)

    virtual(main())


def test_a_call_that_hangs_delays_no_other_task(virtual: Virtual) -> None:
    async def main() -> None:
        hangs = model("a", swallows_cancellation, timeout=30.0, bulkhead=narrow())
        async with fleet(hangs, model("b", Model())) as runtime:
            stuck = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            result = await runtime.execute(Task("y"))
            assert outcomes(result) == [("a", Outcome.REJECTED), ("b", Outcome.SUCCESS)]
            assert result.execution_time == 0.0
            await stuck
            assert_at_rest(runtime)

    virtual(main())


def test_the_attempt_limit_of_the_breaker_settings_is_kept_too(virtual: Virtual) -> None:
    async def main() -> None:
        settings: Any = {"circuit_breaker": {"timeout": 2.0}, "retry": NO_RETRY}
        async with fleet(model("a", Model(takes=9.0), **settings)) as runtime:
            result = await runtime.execute(Task("x"))
            assert result.attempts[0].duration == pytest.approx(2.0)

    virtual(main())


def test_a_task_that_waits_in_line_past_its_deadline_never_starts(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=25.0)
        async with fleet(model("a", slow, bulkhead=narrow(max_queue=5))) as runtime:
            first = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            late = await runtime.execute(Task("y", timeout=4.0))
            assert isinstance(late.error, ModelTimeoutError)
            assert outcomes(late) == [("a", Outcome.REJECTED)]
            assert late.execution_time == pytest.approx(4.0)
            await first
            assert slow.calls == 1
            assert runtime.snapshot().models["a"].breaker.failures_in_row == 0
            assert_at_rest(runtime)

    virtual(main())


def test_a_retry_that_takes_longer_than_what_is_left_is_not_started(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("well", ConnectionError(), takes=3.0)
        configs = model("a", slow, retry=STEADY), model("b", Model())
        async with fleet(*configs) as runtime:
            await runtime.execute(Task("x"))
            result = await runtime.execute(Task("x", timeout=6.5))

            assert outcomes(result) == [("a", Outcome.FAILURE), ("b", Outcome.SUCCESS)]
            assert result.execution_time == 3.0

    virtual(main())
