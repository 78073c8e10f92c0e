"""A race goes on while the router is down, whatever has taken the router down."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Plan, Runtime, Task, TaskResult
from hive_resilience.testing import crash, run_virtual, settle

from ...fleet_kit import NO_RETRY, Model, assert_at_rest, fleet, model

AWAY = 1.0
"""Seconds for which a router stays away after one crash too many."""
HEDGED = Plan("slow", ("fails",), hedge_after=0.5)
RACES = [{"strategy": "parallel"}, {"plan": HEDGED}]


def race() -> Runtime:
    """Another model is wanted after 0.5 s: the one fails then, or the other is silent."""
    slow, fails = Model(takes=0.8), Model(ConnectionError("refused"), takes=0.5)
    return fleet(model("slow", slow), model("fails", fails, retry=NO_RETRY))


async def timed(runtime: Runtime, **how: Any) -> tuple[Any, TaskResult]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    result = await runtime.execute(Task("x"), **how)
    return loop.time() - began, result


@pytest.mark.parametrize("how", RACES, ids=["parallel", "hedged"])
def test_an_answer_does_not_wait_for_a_router_that_is_down(how: Any) -> None:
    async def main() -> None:
        async with race() as runtime:
            loop, router = asyncio.get_running_loop(), runtime.router
            loop.call_later(0.2, router.suspend)
            loop.call_later(10.0, router.restart)
            took, result = await timed(runtime, **how)
            assert (took, result.model_used) == (pytest.approx(0.8), "slow")
            await asyncio.sleep(10.0)
            assert_at_rest(runtime)

    run_virtual(main())


@pytest.mark.parametrize("how", RACES, ids=["parallel", "hedged"])
def test_an_answer_does_not_wait_for_a_router_that_crashes_on_the_question(how: Any) -> None:
    async def main() -> None:
        async with race() as runtime:
            for _ in range(5):  # the next crash is one too many
                crash(runtime, "router")
                await settle()
                await asyncio.sleep(0.5)
            crash(runtime, "router", at="Next", nth=2 if "strategy" in how else 1)
            asyncio.get_running_loop().call_later(0.75, assert_is_away, runtime)
            took, result = await timed(runtime, **how)
            assert (took, result.model_used) == (pytest.approx(0.8), "slow")
            await asyncio.sleep(2 * AWAY)
            assert_at_rest(runtime)

    run_virtual(main())


def assert_is_away(runtime: Runtime) -> None:
    assert runtime.router.is_suspended(), "the router has crashed, and stays away"
