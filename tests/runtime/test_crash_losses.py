"""A message that is lost in a crash takes nothing with it that nobody would bring again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import (
    BulkheadConfig,
    HealthCheckConfig,
    ModelTimeoutError,
    Plan,
    RateLimitedError,
    RestartConfig,
    RetryConfig,
    Runtime,
    RuntimeClosedError,
    Task,
    TaskResult,
)
from hive_resilience.actors.messages import AddModel, RemoveModel
from hive_resilience.config import WhenAllOut
from hive_resilience.runtime.testing import (
    InjectedCrash,
    ScriptedModel,
    Step,
    crash,
    fail,
    hang,
    late,
    run_virtual,
    settle,
)

from ..fleet_kit import assert_at_rest, fleet, model, narrow

LATE = RestartConfig(base_delay=5.0, jitter=0.0, intensity=50)


def go_down(runtime: Runtime, who: str) -> None:
    """Crash it until it has to wait for its restart."""
    crash(runtime, who)
    crash(runtime, who)


def start(runtime: Runtime, **how: Any) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x", timeout=20.0), **how))


# The fleet.


def test_a_model_that_was_not_added_in_a_crash_can_be_added_again() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            crash(runtime, "supervisor", at="StartChild")
            with pytest.raises(InjectedCrash):
                runtime.add_model(model("b", ScriptedModel()))
            assert set(runtime.snapshot().models) == {"a"}
            runtime.add_model(model("b", ScriptedModel()))
            assert (await runtime.execute(Task("x"), plan=Plan("b"))).success

    run_virtual(main())


def test_a_model_is_added_although_the_router_crashes_on_it() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            crash(runtime, "router", at=AddModel)
            runtime.add_model(model("b", ScriptedModel()))
            assert (await runtime.execute(Task("x"), plan=Plan("b"))).success

    run_virtual(main())


@pytest.mark.parametrize("crashing", [("router", RemoveModel), ("b", "Withdraw")], ids=str)
def test_a_model_is_removed_although_somebody_crashes_on_it(crashing: tuple[str, Any]) -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel()), model("b", ScriptedModel())) as runtime:
            crash(runtime, crashing[0], at=crashing[1])
            await runtime.remove_model("b")
            assert set(runtime.snapshot().models) == {"a"}
            assert runtime.snapshot().router.models == 1
            runtime.add_model(model("b", ScriptedModel()))

    run_virtual(main())


def test_a_model_can_be_removed_again_if_the_supervisor_crashed_on_it() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel()), model("b", ScriptedModel())) as runtime:
            crash(runtime, "supervisor", at="StopChild")
            with pytest.raises(InjectedCrash):
                await runtime.remove_model("b")
            await runtime.remove_model("b")
            assert set(runtime.snapshot().models) == {"a"}

    run_virtual(main())


def test_a_router_that_crashes_on_good_news_has_heard_them() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            runtime.model("a").trip()
            crash(runtime, "router", at="ModelChanged")
            runtime.model("a").reset()
            assert (await runtime.execute(Task("x"))).success

    run_virtual(main())


def test_the_root_does_not_lose_a_restart_that_was_due() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            crash(runtime, "root", at="RestartDue")
            go_down(runtime, "router")
            await asyncio.sleep(5.0)
            assert (await runtime.execute(Task("x", timeout=1.0))).success

    run_virtual(main())


# Turns, places and permits.


def test_a_task_that_gives_up_waiting_for_a_router_that_is_down_has_no_turn_left() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            crash(runtime, "router", at="Dispatch")
            crash(runtime, "router", at="Start", nth=2)
            go_down(runtime, "router")
            task = asyncio.create_task(runtime.execute(Task("x", timeout=0.001)))
            assert not (await task).success
            await asyncio.sleep(10.0)
            assert_at_rest(runtime)

    run_virtual(main())


def test_a_task_that_asks_the_router_again_in_vain_has_no_turn_left() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            crash(runtime, "router")
            crash(runtime, "router", at="Dispatch")
            result = await runtime.execute(Task("x", timeout=0.001))
            assert isinstance(result.error, ModelTimeoutError)
            await asyncio.sleep(10.0)
            assert_at_rest(runtime)

    run_virtual(main())


@pytest.mark.parametrize("who", ["a", "router"])
def test_who_stops_waiting_leaves_the_line_although_that_crashes_the_actor(who: str) -> None:
    async def main() -> None:
        limits: dict[str, Any] = {}
        if who == "router":
            limits = {"max_concurrent_requests": 1, "max_queued_requests": 1}
        one = model("a", ScriptedModel(Step(takes=5.0)), bulkhead=narrow(max_queue=1))
        async with fleet(one, **limits) as runtime:
            first, second = start(runtime), start(runtime)
            await settle()
            crash(runtime, who, at="StopWaiting")
            second.cancel()
            assert (await first).success
            assert_at_rest(runtime)

    run_virtual(main())


def test_a_result_that_comes_while_the_actor_is_down_at_the_end_releases_its_permit() -> None:
    async def main() -> None:
        runtime = fleet(model("a", ScriptedModel(Step(takes=1.0)), restart=LATE))
        async with runtime:
            state = runtime._fleet.member("a").state
            task = start(runtime)
            await settle()
            go_down(runtime, "a")
            assert (await task).success
            assert len(state.permits) == 1
        assert (len(state.permits), state.bulkhead.in_flight) == (0, 0)

    run_virtual(main())


def test_a_thread_keeps_its_place_although_the_result_of_its_call_crashes_the_actor() -> None:
    class Stuck(ScriptedModel):
        async def execute(self, task: Task, context: Any) -> object:
            context.lingering = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(30.0, context.lingering.set_result, "late")
            return await asyncio.shield(context.lingering)

    async def main() -> None:
        one = model("a", Stuck(), timeout=1.0, bulkhead=BulkheadConfig(max_concurrent=1))
        async with fleet(one) as runtime:
            crash(runtime, "a", at="Settle")
            assert not (await runtime.execute(Task("x"))).success
            assert runtime.snapshot().models["a"].bulkhead.in_flight == 1
            await asyncio.sleep(30.0)
            assert_at_rest(runtime)

    run_virtual(main())


def test_probes_go_on_although_a_result_of_one_crashed_the_actor() -> None:
    async def main() -> None:
        often = HealthCheckConfig(interval=1.0)
        sick = ScriptedModel(probes=(True, ConnectionError()))
        async with fleet(model("a", sick, health_check=often)) as runtime:
            crash(runtime, "a", at="Probed")
            check = runtime.model("a").check_health()
            async with asyncio.timeout(1.0):
                await check
            await asyncio.sleep(10.0)
            assert runtime.snapshot().models["a"].health.failed_probes >= 3

    run_virtual(main())


# Whom to try.


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
        async with fleet(*models, when_all_out=WhenAllOut.TRY) as runtime:
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
        async with fleet(*configs, when_all_out=WhenAllOut.TRY) as runtime:
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
        once = HealthCheckConfig(interval=500.0, retries=1)
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
