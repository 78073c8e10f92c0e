"""A stream whose model is silent before its first content: the next one is asked beside it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Plan
from hive_resilience.errors import ModelTimeoutError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import assert_at_rest, fleet, model, outcomes

from .hedging_kit import Hanging, learn, timed
from .stream_kit import Streaming


def test_by_default_another_model_is_asked_two_seconds_after_a_hang() -> None:
    async def run() -> None:
        slow, fast = Hanging(), Streaming(0.05, "a", 1.0, "b")
        async with fleet(model("slow", slow), model("fast", fast)) as runtime:
            await learn(runtime)
            first, found = await timed(runtime)
            assert first == pytest.approx(2.05, abs=0.01)
            assert found.chunks == ["a", "b"]
            assert found.result.model_used == "fast"
            assert found.result.fallback_used
            assert outcomes(found.result) == [("slow", "timeout"), ("fast", "success")]
            overtaken = found.result.attempts[0]
            assert isinstance(overtaken.error, ModelTimeoutError)
            assert (overtaken.error.kind, overtaken.number) == ("silence", 1)
            assert overtaken.duration == pytest.approx(2.05, abs=0.01)
            assert slow.running == 0
            metrics = runtime.snapshot().models["slow"].metrics
            assert (metrics.hedged, metrics.timeouts, metrics.cancelled) == (1, 1, 0)
            assert runtime.snapshot().router.budget.withdrawn == 1
            assert runtime.snapshot().models["slow"].budget.withdrawn == 1
            assert_at_rest(runtime)

    run_virtual(run())


def test_four_times_the_usual_time_is_no_hang() -> None:
    async def run() -> None:
        slow, fast = Hanging(first=1.0), Streaming("a")
        async with fleet(model("slow", slow), model("fast", fast)) as runtime:
            await learn(runtime)
            first, _ = await timed(runtime)
            assert first == pytest.approx(4.0, rel=0.02)

    run_virtual(run())


def test_nothing_is_hedged_before_twenty_first_contents_are_known() -> None:
    async def run() -> None:
        slow, fast = Hanging(well=19, hang=9.0), Streaming("a")
        async with fleet(model("slow", slow), model("fast", fast)) as runtime:
            await learn(runtime, 19)
            first, found = await timed(runtime)
            assert (first, found.result.model_used) == (pytest.approx(9.0), "slow")
            assert not fast.calls

    run_virtual(run())


def test_content_that_comes_before_the_hedge_wins_and_the_hedge_is_cancelled() -> None:
    async def run() -> None:
        slow, fast = Hanging(hang=3.0), Streaming(5.0, "a")
        async with fleet(model("slow", slow), model("fast", fast)) as runtime:
            await learn(runtime)
            first, found = await timed(runtime)
            assert (first, found.chunks) == (pytest.approx(3.0), ["slow"])
            assert sorted(outcomes(found.result)) == [("fast", "cancelled"), ("slow", "success")]
            assert runtime.snapshot().models["fast"].metrics.cancelled == 1
            assert_at_rest(runtime)

    run_virtual(run())


def test_hangs_open_the_breaker_of_a_model_that_others_overtake() -> None:
    async def run() -> None:
        slow, fast = Hanging(), Streaming("a")
        async with fleet(model("slow", slow), model("fast", fast)) as runtime:
            await learn(runtime)
            waits: list[float] = []
            for _ in range(7):
                waits.append((await timed(runtime))[0])
                await asyncio.sleep(0.1)  # the loser is settled behind the winner
            assert waits[:5] == [pytest.approx(2.0, abs=0.01)] * 5
            assert waits[5:] == [pytest.approx(0.0, abs=0.01)] * 2
            assert slow.calls == 25

    run_virtual(run())


def test_a_model_that_is_overtaken_before_it_is_unusually_silent_has_not_failed() -> None:
    async def run() -> None:
        slow, fast = Hanging(first=1.0), Streaming("a")
        models = model("slow", slow, hedge_after=0.5), model("fast", fast)
        async with fleet(*models) as runtime:
            first, found = await timed(runtime)
            assert first == pytest.approx(0.5)
            assert outcomes(found.result) == [("slow", "cancelled"), ("fast", "success")]
            metrics = runtime.snapshot().models["slow"].metrics
            assert (metrics.timeouts, metrics.cancelled) == (0, 1)

    run_virtual(run())


@pytest.mark.parametrize("where", ["model", "plan", "global"])
@pytest.mark.parametrize(("after", "expected"), [(0.5, 0.5), ("never", 9.0), ("auto", 9.0)])
def test_model_plan_and_global_settings_say_when(where: str, after: Any, expected: float) -> None:
    async def run() -> None:
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        own = {"hedge_after": after} if where == "model" else {}
        settings = {"hedge_after": after} if where == "global" else {}
        async with fleet(model("slow", slow, **own), model("fast", fast), **settings) as runtime:
            plan = Plan("slow", ("fast",), hedge_after=after) if where == "plan" else None
            first, _ = await timed(runtime, plan=plan)
            assert first == pytest.approx(expected)

    run_virtual(run())


def test_the_plan_goes_before_the_model_and_the_model_before_the_runtime() -> None:
    async def run() -> None:
        slow, fast = Streaming(9.0, "slow"), Streaming("a")
        models = model("slow", slow, hedge_after=2.0), model("fast", fast)
        async with fleet(*models, hedge_after=1.0) as runtime:
            plan = Plan("slow", ("fast",), hedge_after=3.0)
            assert (await timed(runtime))[0] == pytest.approx(2.0)
            assert (await timed(runtime, plan=plan))[0] == pytest.approx(3.0)

    run_virtual(run())
