"""The parallel strategy with a delay between the starts."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from hive_resilience import Outcome, Plan, Task

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, outcomes


def test_the_second_starts_only_when_the_first_takes_longer_than_the_delay(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        first, second = Model(takes=1.0), Model(takes=1.0)
        settings = {"hedge_delay": 2.0, "default_strategy": "parallel"}
        async with fleet(model("a", first), model("b", second), **settings) as runtime:
            assert (await runtime.execute(Task("x"))).model_used == "a"
            assert second.calls == 0
            first.takes = 5.0
            result = await runtime.execute(Task("x"))
            assert (result.model_used, second.calls) == ("b", 1)
            assert result.execution_time == pytest.approx(3.0, abs=0.01)
            await asyncio.sleep(0)  # the loser cleans up behind it
            assert first.cancelled == 1
            assert_at_rest(runtime)

    virtual(main())


def test_a_failure_starts_the_next_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        settings = {"hedge_delay": 50.0, "default_strategy": "parallel"}
        fails = Model(ValueError("no"), takes=1.0)
        async with fleet(model("a", fails), model("b", Model()), **settings) as runtime:
            result = await runtime.execute(Task("x"))
            assert result.model_used == "b"
            assert result.execution_time == pytest.approx(1.0, abs=0.01)

    virtual(main())


def test_the_delay_of_a_plan_goes_before_that_of_the_runtime(virtual: Virtual) -> None:
    async def main() -> None:
        slow, second = Model(takes=10.0), Model(takes=1.0)
        settings = {"hedge_delay": 6.0, "default_strategy": "parallel"}
        async with fleet(model("a", slow), model("b", second), **settings) as runtime:
            for delay, took in ((None, 7.0), (2.0, 3.0), (0, 1.0)):
                plan = Plan("a", ("b",), hedge_delay=delay)
                result = await runtime.execute(Task("x"), plan=plan)
                assert result.model_used == "b"
                assert result.execution_time == pytest.approx(took, abs=0.01)

    virtual(main())


def test_a_plan_may_hedge_by_the_latency_that_it_has_seen(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(takes=1.0), Model(takes=1.0)
        plan = Plan("a", ("b",), strategy="parallel", hedge_delay="p95", max_concurrent=2)
        alone = Plan("a", strategy="parallel", hedge_delay="p95")
        async with fleet(model("a", first), model("b", second)) as runtime:
            for _ in range(25):
                await runtime.execute(Task("x"), plan=alone)
            first.takes = 20.0
            result = await runtime.execute(Task("x"), plan=plan)
            assert result.model_used == "b"
            assert result.execution_time == pytest.approx(2.0, rel=0.05)

    virtual(main())


def test_without_budget_there_is_no_hedge(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(takes=5.0), Model()
        settings = {"hedge_delay": 1.0, "default_strategy": "parallel"}
        async with fleet(model("a", first), model("b", second), **settings) as runtime:
            while runtime._fleet.router_state.budget.withdraw():
                pass
            result = await runtime.execute(Task("x"))
            assert (result.model_used, second.calls) == ("a", 0)

    virtual(main())


@pytest.mark.parametrize(("samples", "takes"), [(19, 1.5), (20, 2.5)])
def test_the_observed_p95_is_the_delay_once_there_are_20_samples(
    virtual: Virtual, samples: int, takes: float
) -> None:
    async def main() -> None:
        first, second = Model(takes=1.0), Model(takes=1.5)
        settings = {"hedge_delay": "p95", "default_strategy": "parallel"}
        async with fleet(model("a", first), model("b", second), **settings) as runtime:
            for _ in range(samples):
                await runtime.execute(Task("x"))
            first.takes = 10.0
            result = await runtime.execute(Task("x"))
            assert result.model_used == "b"
            assert result.execution_time == pytest.approx(takes, rel=0.05)

    virtual(main())


def test_the_winner_does_not_wait_for_a_deaf_loser(virtual: Virtual) -> None:
    ended: list[float] = []

    async def deaf(task: Task) -> str:
        now = asyncio.get_running_loop().time
        until = now() + 60.0
        while now() < until:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(until - now())
        ended.append(now())
        return "late"

    async def main() -> None:
        configs = model("deaf", deaf), model("quick", Model(takes=1.0))
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert (result.model_used, result.execution_time) == ("quick", 1.0)
            assert outcomes(result) == [("quick", Outcome.SUCCESS), ("deaf", Outcome.CANCELLED)]
            await asyncio.sleep(4.9)
            assert runtime.snapshot().models["deaf"].under_way == 1
            await asyncio.sleep(0.2)
            assert_at_rest(runtime)
            assert runtime.snapshot().models["deaf"].metrics.cancelled == 1

    virtual(main())


def test_losers_are_not_left_at_the_end_of_the_runtime(virtual: Virtual) -> None:
    slow = Model(takes=50.0)

    async def main() -> None:
        configs = model("slow", slow), model("quick", Model(takes=1.0))
        async with fleet(*configs) as runtime:
            await runtime.execute(Task("x"), strategy="parallel")
        assert (slow.running, slow.cancelled) == (0, 1)

    virtual(main())
