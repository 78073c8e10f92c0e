"""What ends a stream whose silent model is hedged: failures, budgets, readers, deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hive_resilience import Plan, StreamRestarted, Task
from hive_resilience.errors import ModelTimeoutError, RetryBudgetError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import assert_at_rest, fleet, model, outcomes

from .hedging_kit import CUT, timed
from .stream_kit import Streaming, read


def test_several_silent_models_are_asked_one_after_the_other() -> None:
    async def run() -> None:
        models = [model(name, Streaming(50.0, name)) for name in "abc"]
        async with fleet(*models, model("d", Streaming(0.1, "d")), hedge_after=1.0) as runtime:
            first, found = await timed(runtime)
            assert first == pytest.approx(3.1)
            assert found.result.model_used == "d"
            assert [i for i, _ in sorted(outcomes(found.result))] == ["a", "b", "c", "d"]
            assert runtime.snapshot().router.budget.withdrawn == 3
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_hedge_that_fails_is_replaced_at_once_and_for_nothing() -> None:
    async def run() -> None:
        models = model("a", Streaming(50.0, "a")), model("b", Streaming(0.2, CUT))
        async with fleet(*models, model("c", Streaming("c")), hedge_after=1.0) as runtime:
            first, found = await timed(runtime)
            assert (first, found.chunks) == (pytest.approx(1.2), ["c"])
            assert runtime.snapshot().router.budget.withdrawn == 1

    run_virtual(run())


def test_the_hedge_goes_on_where_the_silent_model_fails() -> None:
    async def run() -> None:
        a, b = Streaming(1.5, CUT), Streaming(2.0, "b")
        async with fleet(model("a", a), model("b", b), hedge_after=1.0) as runtime:
            first, found = await timed(runtime)
            assert (first, b.calls) == (pytest.approx(3.0), 1)
            assert outcomes(found.result) == [("a", "failure"), ("b", "success")]

    run_virtual(run())


def test_where_all_fail_the_task_goes_on_as_after_one_failure() -> None:
    async def run() -> None:
        a, b = Streaming(1.5, CUT), Streaming(0.2, CUT)
        models = model("a", a), model("b", b)
        async with fleet(*models, hedge_after=1.0) as runtime:
            _, found = await timed(runtime)
            assert found.error is not None
            assert sorted(outcomes(found.result)) == [("a", "failure"), ("b", "failure")]
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_call_that_must_not_run_twice_is_never_hedged() -> None:
    async def run() -> None:
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        settings = {"hedge_after": 1.0}
        async with fleet(model("slow", slow), model("fast", fast), **settings) as runtime:
            plan = Plan("slow", ("fast",), at_most_once=True)
            first, _ = await timed(runtime, plan=plan)
            assert (first, fast.calls) == (pytest.approx(9.0), 0)
        async with fleet(
            model("slow", slow), model("fast", fast), at_most_once=True, **settings
        ) as runtime:
            assert ((await timed(runtime))[0], fast.calls) == (pytest.approx(9.0), 0)

    run_virtual(run())


def test_without_failover_nothing_is_hedged() -> None:
    async def run() -> None:
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        models = model("slow", slow), model("fast", fast)
        async with fleet(*models, hedge_after=1.0, failover=False) as runtime:
            assert ((await timed(runtime))[0], fast.calls) == (pytest.approx(9.0), 0)

    run_virtual(run())


@pytest.mark.parametrize("whose", ["pool", "model"])
def test_a_budget_that_pays_for_no_hedge_is_named_once(whose: str) -> None:
    async def run() -> None:
        empty: dict[str, Any] = {"budget_reserve": 0, "budget_ratio": 0.0}
        own = {"retry": {"max_retries": 0, **empty}} if whose == "model" else {}
        settings = {"retry_budget": {"reserve": 0, "ratio": 0.0}} if whose == "pool" else {}
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        models = model("slow", slow, **own), model("fast", fast)
        async with fleet(*models, hedge_after=1.0, **settings) as runtime:
            first, found = await timed(runtime)
            assert (first, fast.calls) == (pytest.approx(9.0), 0)
            assert outcomes(found.result) == [("slow", "rejected"), ("slow", "success")]
            error = found.result.attempts[0].error
            assert isinstance(error, RetryBudgetError)
            assert ("all models" in str(error)) is (whose == "pool")

    run_virtual(run())


def test_a_hedge_that_no_budget_paid_for_is_made_once_one_does() -> None:
    async def run() -> None:
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        models = model("slow", slow), model("fast", fast)
        settings = {"hedge_after": 1.0, "retry_budget": {"reserve": 0, "ratio": 1.0}}
        async with fleet(*models, **settings) as runtime:
            waits = asyncio.create_task(timed(runtime))
            await asyncio.sleep(1.5)
            await read(runtime, plan=Plan("fast"))
            first, _ = await waits
            assert first == pytest.approx(2.0)

    run_virtual(run())


def test_a_hedge_goes_to_a_model_that_can_serve_again_while_another_is_silent() -> None:
    async def run() -> None:
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        async with fleet(model("slow", slow), model("fast", fast), hedge_after=1.0) as runtime:
            runtime.model("fast").enter_maintenance()
            waits = asyncio.create_task(timed(runtime))
            await asyncio.sleep(2.5)
            runtime.model("fast").leave_maintenance()
            assert (await waits)[0] == pytest.approx(3.0)

    run_virtual(run())


def test_a_deaf_loser_holds_up_neither_the_content_nor_the_end() -> None:
    async def deaf(task: Task) -> AsyncIterator[str]:
        while True:
            try:
                await asyncio.sleep(1000.0)
            except asyncio.CancelledError:
                continue
            yield "x"

    async def run() -> None:
        models = model("deaf", deaf), model("fast", Streaming("a"))
        async with fleet(*models, hedge_after=1.0) as runtime:
            loop = asyncio.get_running_loop()
            began = loop.time()
            first, found = await timed(runtime)
            assert (first, found.chunks) == (pytest.approx(1.0), ["a"])
            assert loop.time() - began == pytest.approx(1.0)
            assert outcomes(found.result) == [("fast", "success"), ("deaf", "cancelled")]
            await asyncio.sleep(6.0)
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_reader_that_leaves_ends_the_silent_call_and_its_hedge() -> None:
    async def run() -> None:
        a, b = Streaming(50.0, "a"), Streaming(50.0, "b")
        async with fleet(model("a", a), model("b", b), hedge_after=1.0) as runtime:
            reader = asyncio.create_task(timed(runtime))
            await asyncio.sleep(1.5)
            assert (a.running, b.running) == (1, 1)
            reader.cancel()
            await asyncio.wait([reader])
            assert (a.running, b.running) == (0, 0)
            assert_at_rest(runtime)

    run_virtual(run())


def test_the_end_of_the_runtime_ends_a_silent_call_and_asks_no_other() -> None:
    async def run() -> None:
        a, b = Streaming(50.0, "a"), Streaming("b")
        settings = {"hedge_after": 3.0, "drain_timeout": 1.0}
        runtime = fleet(model("a", a), model("b", b), **settings)
        async with runtime:
            reader = asyncio.create_task(timed(runtime))
            await asyncio.sleep(0.5)
        _, found = await reader
        assert found.error is not None
        assert (a.running, b.calls) == (0, 0)

    run_virtual(run())


def test_the_deadline_ends_a_task_whose_models_are_all_silent() -> None:
    async def run() -> None:
        a, b = Streaming(500.0, "a"), Streaming(500.0, "b")
        async with fleet(model("a", a), model("b", b), hedge_after=20.0) as runtime:
            found = await read(runtime, Task("prompt", timeout=25.0))
            assert isinstance(found.error, ModelTimeoutError)
            assert sorted(outcomes(found.result)) == [("a", "timeout"), ("b", "timeout")]
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_winner_that_breaks_off_is_followed_by_a_model_that_only_was_slower() -> None:
    async def run() -> None:
        slow, fast = Streaming(2.0, "slow"), Streaming("a", CUT)
        async with fleet(model("slow", slow), model("fast", fast), hedge_after=1.0) as runtime:
            plan = Plan("slow", ("fast",), on_interrupt="restart")
            _, found = await timed(runtime, plan=plan)
            assert found.chunks[0] == "a"
            assert isinstance(found.chunks[1], StreamRestarted)
            assert found.chunks[2:] == ["slow"]
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_crash_of_the_silent_model_s_actor_hedges_nothing_and_loses_nothing() -> None:
    async def run() -> None:
        from tests.fleet_kit import crash

        a, b = Streaming(3.0, "a"), Streaming("b")
        async with fleet(model("a", a), model("b", b), hedge_after=1.0) as runtime:
            waits = asyncio.create_task(timed(runtime))
            await asyncio.sleep(0.5)
            crash(runtime, "a")
            _, found = await waits
            assert found.result.success
            assert_at_rest(runtime)

    run_virtual(run())
