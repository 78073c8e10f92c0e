"""A race goes on while the router is down."""

from __future__ import annotations

import asyncio

from hive_resilience import Task
from hive_resilience.testing import run_virtual

from ...fleet_kit import NO_RETRY, Model, fleet, model


def test_an_answer_does_not_wait_for_a_router_that_was_asked_for_another_model() -> None:
    async def main() -> float:
        slow, fails = Model(takes=1.0), Model(ConnectionError("refused"), takes=0.5)
        models = [model("slow", slow), model("fails", fails, retry=NO_RETRY)]
        async with fleet(*models) as runtime:
            loop, router = asyncio.get_running_loop(), runtime.router
            loop.call_later(0.2, router.suspend)
            loop.call_later(10.0, router.restart)
            found = await runtime.execute(Task("x"), strategy="parallel")
            ended = loop.time()
            assert found.model_used == "slow"
            await asyncio.sleep(10.0)
            return ended

    assert run_virtual(main()) < 1.1
