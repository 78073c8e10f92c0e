"""A task looks again: who has come back is asked, and nobody after the time is up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Plan, RetryConfig, Runtime, Task, TaskResult
from hive_resilience.config import HealthCheckConfig, WhenNoneAvailable
from hive_resilience.errors import ModelTimeoutError, RateLimitedError, RuntimeClosedError
from hive_resilience.testing import ScriptedModel, fail, hang, late, run_virtual, settle

from ...fleet_kit import assert_at_rest, fleet, model


def start(runtime: Runtime, **how: Any) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x", timeout=20.0), **how))


def test_a_race_looks_again_for_a_model_that_came_back_while_the_last_one_ran() -> None:
    async def main() -> None:
        slow, well = ScriptedModel(fail(takes=3.0)), ScriptedModel("hello")
        async with fleet(model("a", slow), model("b", well)) as runtime:
            runtime.model("b").enter_maintenance()
            task = start(runtime, strategy="parallel")
            await asyncio.sleep(1.0)
            runtime.model("b").leave_maintenance()
            assert (await task).model_used == "b"

    run_virtual(main())


def test_a_race_starts_nobody_after_its_deadline() -> None:
    async def main() -> None:
        stubborn, well = ScriptedModel(late(takes=3.0)), ScriptedModel("hello")
        async with fleet(model("a", stubborn), model("b", well)) as runtime:
            plan = Plan("a", ("b",), strategy="parallel", max_concurrent=1)
            result = await runtime.execute(Task("x", timeout=1.0), plan=plan)
            assert isinstance(result.error, ModelTimeoutError)
            assert well.calls == 0

    run_virtual(main())


def test_after_a_last_resort_in_vain_a_model_that_came_back_is_asked() -> None:
    async def main() -> None:
        broken, well = ScriptedModel(fail(takes=3.0)), ScriptedModel("hello")
        models = (model("a", broken), model("b", well))
        async with fleet(*models, when_none_available=WhenNoneAvailable.TRY) as runtime:
            runtime.model("a").trip()
            runtime.model("b").enter_maintenance()
            task = start(runtime)
            await asyncio.sleep(1.0)
            runtime.model("b").leave_maintenance()
            assert (await task).model_used == "b"
            assert broken.calls == 1

    run_virtual(main())


def test_a_last_resort_is_taken_once() -> None:
    async def main() -> None:
        models = {name: ScriptedModel(fail(takes=3.0)) for name in "abc"}
        configs = [model(name, one) for name, one in models.items()]
        async with fleet(*configs, when_none_available=WhenNoneAvailable.TRY) as runtime:
            runtime.model("a").trip()
            runtime.model("b").trip()
            runtime.model("c").enter_maintenance()
            task = start(runtime)
            await asyncio.sleep(1.0)
            runtime.model("c").leave_maintenance()
            assert not (await task).success
            assert sorted(one.calls for one in models.values()) == [0, 1, 1]

    run_virtual(main())


def test_the_router_hears_when_a_model_that_is_well_again_may_be_asked() -> None:
    async def main() -> None:
        once = HealthCheckConfig(interval=500.0, retries=0)
        busy = RateLimitedError("scripted", retry_after=20.0)
        probed = ScriptedModel(busy, "hello", probes=(ConnectionError(), True))
        async with fleet(model("a", probed, health_check=once)) as runtime:
            await runtime.model("a").check_health()
            await runtime.execute(Task("x"))
            await runtime.model("a").check_health()
            assert runtime.snapshot().router.closed == {"a": "parked"}
            await asyncio.sleep(21.0)
            assert runtime.snapshot().router.closed == {}

    run_virtual(main())


# Time.


def test_an_answer_after_the_deadline_is_none_although_the_caller_cancelled_as_well() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel(late(takes=4.0)))) as runtime:
            task = asyncio.create_task(runtime.execute(Task("x", timeout=1.0)))
            await asyncio.sleep(2.0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert runtime.snapshot().models["a"].metrics.cancelled == 1
            assert_at_rest(runtime)

    run_virtual(main())


@pytest.mark.parametrize("waited", [0.1, 1.4, 1.9, 2.0])
def test_the_limit_that_an_attempt_had_is_the_one_that_is_told(waited: float) -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel(hang()), timeout=6.185576827308808)) as runtime:
            await asyncio.sleep(waited)
            result = await runtime.execute(Task("x", timeout=50.0))
            error = result.attempts[0].error
            assert isinstance(error, ModelTimeoutError)
            assert (error.kind, error.limit) == ("attempt", 6.185576827308808)

    run_virtual(main())


def test_a_call_that_was_in_its_grace_when_the_runtime_stopped_is_not_tried_again() -> None:
    async def main() -> None:
        stubborn = ScriptedModel(late(takes=3.0))
        one = model("a", stubborn, timeout=1.0, retry=RetryConfig(max_retries=3, base_delay=0.1))
        async with fleet(one, drain_timeout=2.0) as runtime:
            task = start(runtime)
            await settle()
        await settle()
        assert isinstance((await task).error, RuntimeClosedError)
        assert stubborn.calls == 1

    run_virtual(main())
