"""A whole answer that is late: where the settings say so, the next model is asked beside it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Plan, Runtime, Task, TaskResult
from hive_resilience.errors import InvalidRequestError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import Model, assert_at_rest, fleet, model, outcomes

PAIR = Plan("slow", ("fast",))


async def timed(runtime: Runtime, **how: Any) -> tuple[Any, TaskResult]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    result = await runtime.execute(Task("prompt"), **how)
    return loop.time() - began, result


def pair(slow: object, fast: object, **settings: Any) -> Runtime:
    return fleet(model("slow", slow), model("fast", fast), **settings)


def test_by_default_whole_answers_are_not_hedged() -> None:
    async def run() -> None:
        slow, fast = Model(takes=0.1), Model(takes=0.1)
        async with pair(slow, fast) as runtime:
            for _ in range(30):
                await timed(runtime)
            slow.takes = 20.0
            took, result = await timed(runtime)
            assert (took, result.model_used, fast.calls) == (pytest.approx(20.0), "slow", 0)

    run_virtual(run())


@pytest.mark.parametrize("where", ["plan", "global"])
def test_with_auto_another_model_is_asked_after_an_unusual_time(where: str) -> None:
    async def run() -> None:
        slow, fast = Model(takes=1.0), Model("from fast", takes=0.5)
        settings = {"hedge_after": "auto"} if where == "global" else {}
        plan = Plan("slow", ("fast",), hedge_after="auto") if where == "plan" else None
        async with pair(slow, fast, **settings) as runtime:
            for _ in range(20):
                await timed(runtime, plan=plan)
            slow.takes = 25.0
            took, result = await timed(runtime, plan=plan)
            assert took == pytest.approx(4.5, rel=0.02)
            assert (result.value, result.fallback_used) == ("from fast", True)
            assert outcomes(result) == [("fast", "success"), ("slow", "timeout")]
            await asyncio.sleep(0.1)
            metrics = runtime.snapshot().models["slow"].metrics
            assert (metrics.hedged, metrics.timeouts) == (1, 1)
            assert_at_rest(runtime)

    run_virtual(run())


def test_streams_say_nothing_of_the_time_that_whole_answers_take() -> None:
    async def run() -> None:
        slow, fast = Model(takes=0.1), Model()
        async with pair(slow, fast, hedge_after="auto") as runtime:
            for _ in range(20):
                async with runtime.stream(Task("prompt")) as stream:
                    async for _ in stream:
                        pass
            slow.takes = 9.0
            took, _ = await timed(runtime)
            assert took == pytest.approx(9.0)

    run_virtual(run())


def test_the_sooner_answer_wins_and_does_not_wait_for_a_deaf_loser() -> None:
    async def deaf(task: Task) -> str:
        while True:
            try:
                await asyncio.sleep(1000.0)
            except asyncio.CancelledError:
                continue

    async def run() -> None:
        async with pair(deaf, Model(takes=0.25), hedge_after=1.0) as runtime:
            took, result = await timed(runtime)
            assert (took, result.model_used) == (pytest.approx(1.25, abs=0.001), "fast")
            assert runtime.snapshot().models["slow"].under_way == 1
            await asyncio.sleep(5.1)
            assert_at_rest(runtime)

    run_virtual(run())


def test_the_silent_model_may_still_win_and_the_hedge_is_cancelled() -> None:
    async def run() -> None:
        slow, fast = Model("from slow", takes=3.0), Model(takes=9.0)
        async with pair(slow, fast, hedge_after=1.0) as runtime:
            took, result = await timed(runtime)
            assert (took, result.value) == (pytest.approx(3.0), "from slow")
            assert not result.fallback_used
            assert outcomes(result) == [("slow", "success"), ("fast", "cancelled")]
            await asyncio.sleep(0.1)
            assert fast.cancelled == 1

    run_virtual(run())


def test_the_hedge_is_a_first_attempt_and_counts_so() -> None:
    async def run() -> None:
        async with pair(Model(takes=9.0), Model(takes=0.1), hedge_after=1.0) as runtime:
            _, result = await timed(runtime)
            assert [record.number for record in result.attempts] == [1, 1]
            assert result.retry_count == 0
            assert result.attempts[0].started_at == pytest.approx(1.0)

    run_virtual(run())


def test_an_error_of_the_request_ends_both() -> None:
    async def run() -> None:
        slow, bad = Model(takes=9.0), Model(InvalidRequestError("no"), takes=0.1)
        async with pair(slow, bad, hedge_after=1.0) as runtime:
            took, result = await timed(runtime)
            assert (took, type(result.error)) == (pytest.approx(1.1), InvalidRequestError)
            assert slow.cancelled == 1
            assert_at_rest(runtime)

    run_virtual(run())


def test_the_caller_that_is_cancelled_cancels_both() -> None:
    async def run() -> None:
        slow, fast = Model(takes=9.0), Model(takes=9.0)
        async with pair(slow, fast, hedge_after=1.0) as runtime:
            caller = asyncio.create_task(runtime.execute(Task("prompt")))
            await asyncio.sleep(2.0)
            caller.cancel()
            await asyncio.wait([caller])
            assert caller.cancelled()
            assert (slow.cancelled, fast.cancelled) == (1, 1)
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_fleet_of_one_is_never_hedged() -> None:
    async def run() -> None:
        slow = Model(takes=9.0)
        async with fleet(model("slow", slow), hedge_after=1.0) as runtime:
            assert (await timed(runtime))[0] == pytest.approx(9.0)
            assert runtime.snapshot().router.budget.withdrawn == 0

    run_virtual(run())


@pytest.mark.parametrize("strategy", ["weighted", "random"])
def test_other_strategies_hedge_too(strategy: str) -> None:
    async def run() -> None:
        a, b = Model(takes=9.0), Model(takes=9.0)
        models = model("a", a), model("b", b)
        async with fleet(*models, hedge_after=1.0, default_strategy=strategy) as runtime:
            caller = asyncio.create_task(timed(runtime))
            await asyncio.sleep(1.5)
            assert (a.running, b.running) == (1, 1)
            assert (await caller)[0] == pytest.approx(9.0)

    run_virtual(run())


def test_the_parallel_strategy_keeps_to_its_own_delay() -> None:
    async def run() -> None:
        slow, fast = Model(takes=9.0), Model(takes=0.1)
        settings = {"hedge_after": 1.0, "hedge_delay": 3.0, "default_strategy": "parallel"}
        async with pair(slow, fast, **settings) as runtime:
            assert (await timed(runtime))[0] == pytest.approx(3.1)

    run_virtual(run())


@pytest.mark.parametrize("after", [0, -1.0, "soon", True, float("inf"), float("nan")])
def test_a_plan_refuses_what_is_no_span(after: Any) -> None:
    with pytest.raises(InvalidRequestError, match="a hedge_after is"):
        Plan("a", hedge_after=after)


def test_a_reload_changes_it_for_the_next_task() -> None:
    async def run() -> None:
        slow, fast = Model(takes=9.0), Model(takes=0.1)
        async with pair(slow, fast) as runtime:
            config = runtime.config
            settings = config.global_.model_copy(update={"hedge_after": 1.0})
            await runtime.reload(config.model_copy(update={"global_": settings}))
            assert (await timed(runtime))[0] == pytest.approx(1.1)

    run_virtual(run())
