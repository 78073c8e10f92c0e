"""A message that is lost in a crash takes nothing with it that nobody would bring again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from hive_resilience import Plan, Runtime, Task, TaskResult
from hive_resilience.actors.executor import ExecutionContext
from hive_resilience.actors.fleet_messages import AddModel, RemoveModel
from hive_resilience.actors.messages import Choice
from hive_resilience.actors.policies.limits.rate_limit import RateLimiter
from hive_resilience.actors.router import actor as router_actor
from hive_resilience.actors.router.selection import choose
from hive_resilience.config import BulkheadConfig, HealthCheckConfig, RestartConfig
from hive_resilience.errors import ModelTimeoutError, ModelUnavailableError
from hive_resilience.testing import InjectedCrash, ScriptedModel, Step, crash, run_virtual, settle

from ...fleet_kit import assert_at_rest, fleet, model, narrow

LATE = RestartConfig(base_delay=5.0, jitter=0.0, intensity=50)


def go_down(runtime: Runtime, who: str) -> None:
    """Crash it until it has to wait for its restart."""
    crash(runtime, who)
    crash(runtime, who)


def start(runtime: Runtime, plan: Plan | None = None) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x", timeout=20.0), plan=plan))


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


@pytest.mark.parametrize("crashing", [("router", RemoveModel), ("b", "DrainModel")], ids=str)
def test_a_model_is_removed_although_an_actor_crashes_on_it(
    crashing: tuple[str, str | type],
) -> None:
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
        limits: dict[str, int] = {}
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
        async def execute(self, task: Task, context: ExecutionContext) -> object:
            loop = asyncio.get_running_loop()
            context.lingering = work = loop.create_future()
            loop.call_later(30.0, work.set_result, "late")
            return await asyncio.shield(work)

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


# A defect of an actor itself.


def stumble(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let the router fail in the middle of its choice number `at`."""
    choices = iter(range(1, 1000))

    def chosen(*asked: object) -> Choice:
        if next(choices) == at:
            raise InjectedCrash("choose")
        return cast(Callable[..., Choice], choose)(*asked)

    monkeypatch.setattr(router_actor, "choose", chosen)


def test_a_task_whose_choice_crashes_the_router_is_routed_by_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel()), max_concurrent_requests=1) as runtime:
            stumble(monkeypatch, at=1)
            assert (await runtime.execute(Task("x"))).success
            assert (await runtime.execute(Task("x"))).success
            assert_at_rest(runtime)

    run_virtual(main())


def test_a_task_in_line_whose_choice_crashes_the_router_is_routed_by_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        slow = ScriptedModel(Step(takes=1.0))
        limits = {"max_concurrent_requests": 1, "max_queued_requests": 5}
        async with fleet(model("a", slow), default_strategy="random", **limits) as runtime:
            stumble(monkeypatch, at=2)
            results = await asyncio.gather(*(start(runtime) for _ in range(3)))

            assert [result.success for result in results] == [True] * 3
            assert max(result.execution_time for result in results) == 3.0
            assert_at_rest(runtime)

    run_virtual(main())


def test_a_caller_in_line_whose_turn_crashes_the_model_is_told_and_the_next_one_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        slow = ScriptedModel(Step(takes=1.0))
        async with fleet(model("a", slow, bulkhead=narrow(2))) as runtime:
            admits, calls = RateLimiter.admit, iter(range(1000))

            def stumbles(limiter: RateLimiter, now: float) -> float:
                if next(calls) == 0:
                    raise InjectedCrash("admit")
                return admits(limiter, now)

            monkeypatch.setattr(RateLimiter, "admit", stumbles)
            first, second, third = await asyncio.gather(*(start(runtime) for _ in range(3)))

            assert (first.success, third.success) == (True, True)
            assert isinstance(second.attempts[0].error, ModelUnavailableError)
            assert (second.execution_time, third.execution_time) == (1.0, 2.0)
            assert_at_rest(runtime)

    run_virtual(main())
