"""A failed attempt goes on to the next model at once; models are asked again after all others."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Outcome, Plan, RetryConfig, Task
from hive_resilience.actors.policies.outcomes.errors import RateLimitedError, RetryBudgetError
from hive_resilience.config.settings.retry import Jitter

from ...conftest import Virtual
from ...fleet_kit import STEADY, Model, assert_at_rest, fleet, model, outcomes, until

REFUSED = ConnectionRefusedError("refused")


def test_the_next_model_is_asked_at_once_with_the_settings_of_a_new_user(virtual: Virtual) -> None:
    async def main() -> None:
        dead, well = Model(REFUSED), Model()
        configs = model("a", dead, retry=RetryConfig()), model("b", well, retry=RetryConfig())
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"))
            assert (result.model_used, result.execution_time, dead.calls) == ("b", 0.0, 1)
            assert runtime.snapshot().router.budget.withdrawn == 0
            assert_at_rest(runtime)

    virtual(main())


def test_when_all_have_failed_the_one_whose_wait_ends_first_is_asked_again(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        first = Model(RateLimitedError("wait", retry_after=5.0), "late")
        second = Model(ConnectionError(), ConnectionError(), "in time")
        slow = RetryConfig(base_delay=2.0, jitter=Jitter.NONE)
        configs = model("a", first, retry=STEADY), model("b", second, retry=slow)
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"))
            # b waits 2 s, then 4 s from 2.0; a asks for 5 s from 0.0.
            assert (result.model_used, result.execution_time) == ("a", 5.0)
            assert (first.calls, second.asked_at) == (2, [0.0, 2.0])
            assert result.retry_count == 2
            assert_at_rest(runtime)

    virtual(main())


def test_a_fleet_of_one_backs_off_as_before(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(ConnectionError(), ConnectionError(), "answer")
        async with fleet(model("a", one, retry=STEADY)) as runtime:
            result = await runtime.execute(Task("x"))
            assert (result.value, one.asked_at) == ("answer", [0.0, 1.0, 3.0])
            assert_at_rest(runtime)

    virtual(main())


def test_a_model_that_becomes_usable_goes_before_a_repetition(virtual: Virtual) -> None:
    async def main() -> None:
        failing, back = Model(ConnectionError()), Model()
        late = RetryConfig(base_delay=20.0, jitter=Jitter.NONE)
        configs = model("a", failing, retry=late), model("b", back)
        async with fleet(*configs) as runtime:
            runtime.model("b").enter_maintenance()
            caller = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(3.0)
            runtime.model("b").leave_maintenance()
            result = await caller
            assert (result.model_used, result.execution_time) == ("b", 3.0)
            assert failing.calls == 1
            assert_at_rest(runtime)

    virtual(main())


def test_retries_before_failover_are_one_setting_away(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(ConnectionError()), Model()
        original = RetryConfig(max_retries=3, before_failover=2, base_delay=1.0, jitter=Jitter.NONE)
        async with fleet(model("a", first, retry=original), model("b", second)) as runtime:
            result = await runtime.execute(Task("x"))
            assert (result.model_used, first.asked_at) == ("b", [0.0, 1.0, 3.0])
            assert_at_rest(runtime)

    virtual(main())


def test_a_repetition_that_the_pool_refuses_is_named_and_costs_the_model_nothing(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        one = Model(ConnectionError())
        none_left = {"ratio": 0.0, "reserve": 0}
        async with fleet(model("a", one, retry=STEADY), retry_budget=none_left) as runtime:
            result = await runtime.execute(Task("x"))
            assert isinstance(result.attempts[-1].error, RetryBudgetError)
            assert "all models" in str(result.error)
            assert outcomes(result) == [("a", Outcome.FAILURE), ("a", Outcome.REJECTED)]
            assert runtime.snapshot().models["a"].budget.withdrawn == 0
            assert_at_rest(runtime)

    virtual(main())


def test_a_pool_without_a_budget_refuses_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(*[ConnectionError()] * 3, "answer")
        off = {"enabled": False, "reserve": 0}
        async with fleet(model("a", one, retry=STEADY), retry_budget=off) as runtime:
            assert (await runtime.execute(Task("x"))).success
            assert_at_rest(runtime)

    virtual(main())


def test_a_model_whose_own_budget_is_used_up_is_not_asked_again(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(ConnectionError())
        tight = STEADY.model_copy(update={"budget_reserve": 1})
        async with fleet(model("a", one, retry=tight)) as runtime:
            result = await runtime.execute(Task("x"))
            assert one.calls == 2
            assert isinstance(result.attempts[-1].error, RetryBudgetError)
            assert "of a is used up" in str(result.attempts[-1].error)
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize(
    ("error", "answered"), [(REFUSED, True), (ConnectionResetError("cut"), False)]
)
def test_what_runs_at_most_once_goes_on_only_where_the_model_was_not_reached(
    virtual: Virtual, error: Exception, answered: bool
) -> None:
    async def main() -> None:
        first, second = Model(error), Model()
        async with fleet(model("a", first, retry=STEADY), model("b", second)) as runtime:
            plan = Plan("a", ("b",), at_most_once=True)
            result = await runtime.execute(Task("x"), plan=plan)
            assert (result.success, second.calls) == (answered, int(answered))
            assert_at_rest(runtime)

    virtual(main())


def test_at_most_once_holds_for_all_tasks_where_the_settings_say_so(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(ConnectionResetError("cut")), Model()
        async with fleet(model("a", first), model("b", second), at_most_once=True) as runtime:
            assert not (await runtime.execute(Task("x"))).success
            plan = Plan("a", ("b",), at_most_once=False)
            assert (await runtime.execute(Task("x"), plan=plan)).success

    virtual(main())


def test_a_parallel_task_asks_again_after_all_have_failed(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(ConnectionError(), "again"), Model(ConnectionError())
        configs = model("a", first, retry=STEADY), model("b", second)
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert (result.value, result.execution_time) == ("again", 1.0)
            assert_at_rest(runtime)

    virtual(main())


def test_a_stream_goes_on_at_once_before_its_first_content(virtual: Virtual) -> None:
    async def main() -> None:
        dead, well = Model(REFUSED), Model("chunk")
        async with fleet(model("a", dead, retry=STEADY), model("b", well)) as runtime:
            async with runtime.stream(Task("x")) as stream:
                assert [chunk async for chunk in stream] == ["chunk"]
            assert stream.result is not None
            assert (stream.result.model_used, stream.result.execution_time) == ("b", 0.0)
            assert_at_rest(runtime)

    virtual(main())


def test_a_cancelled_task_leaves_the_line_in_which_it_backed_off(virtual: Virtual) -> None:
    async def main() -> None:
        failing = Model(ConnectionError())
        async with fleet(model("a", failing, retry=STEADY), model("b", Model())) as runtime:
            runtime.model("b").enter_maintenance()
            caller = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: runtime.snapshot().router.waiting == 1)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
            assert_at_rest(runtime)

    virtual(main())
