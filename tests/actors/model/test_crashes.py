"""A crash of an actor is its own affair: calls go on, counts stay, the next task works."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from hive_resilience import ModelStatus, Outcome, Plan, Runtime, Task, TaskResult
from hive_resilience.actors.messages import AttemptReported
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.metrics.metrics import ModelMetrics
from hive_resilience.actors.supervision.messages import RestartDue
from hive_resilience.config import RestartConfig
from hive_resilience.events import ChildCrashed, ChildQuarantined

from ...conftest import Virtual
from ...fleet_kit import STEADY, Model, assert_at_rest, crash, fleet, model, outcomes, until


def start(runtime: Runtime, timeout: float = 60.0) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x", timeout=timeout)))


def crash_router(runtime: Runtime) -> None:
    unhashable: list[str] = []
    runtime._fleet.router.send(AttemptReported(cast(str, unhashable), True, 0.0))


def test_calls_in_flight_deliver_after_their_models_actor_has_crashed(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("late but here", takes=5.0)
        async with fleet(model("a", slow)) as runtime:
            tasks = [start(runtime) for _ in range(3)]
            await until(lambda: slow.running == 3)
            crash(runtime, "a")
            results = [await task for task in tasks]
            assert [result.value for result in results] == ["late but here"] * 3
            after = runtime.snapshot().models["a"]
            assert (after.metrics.successes, after.breaker.calls, after.restarts) == (3, 0, 1)
            assert after.metrics.stale == 3
            assert_at_rest(runtime)

    virtual(main())


def test_counters_do_not_go_back_and_the_next_task_works(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(OSError(), "fine"))) as runtime:
            await runtime.execute(Task("x"))
            before = runtime.snapshot().models["a"].metrics
            crash(runtime, "a")
            after = runtime.snapshot().models["a"]
            assert (after.metrics.attempts, after.metrics.failures) == (before.attempts, 1)
            assert after.breaker.failures_in_row == 1
            assert (await runtime.execute(Task("x"))).success
            assert_at_rest(runtime)

    virtual(main())


def test_an_open_breaker_is_not_closed_by_a_crash(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            runtime.model("a").trip()
            crash(runtime, "a")
            assert runtime.snapshot().models["a"].breaker.state is State.OPEN
            assert not (await runtime.execute(Task("x"))).success

    virtual(main())


def test_a_crash_during_a_backoff_does_not_end_the_task(virtual: Virtual) -> None:
    async def main() -> None:
        flaky = Model(ConnectionError(), "second try")
        async with fleet(model("a", flaky, retry=STEADY)) as runtime:
            task = start(runtime)
            await asyncio.sleep(0.5)
            crash(runtime, "a")
            assert outcomes(await task) == [("a", Outcome.FAILURE), ("a", Outcome.SUCCESS)]
            assert_at_rest(runtime)

    virtual(main())


def test_a_model_that_waits_for_its_restart_is_passed_over_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        late = RestartConfig(base_delay=20.0, jitter=0.0)
        configs = (model("a", Model(), restart=late), model("b", Model()))
        async with fleet(*configs) as runtime:
            crash(runtime, "a")
            crash(runtime, "a")
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.REJECTED), ("b", Outcome.SUCCESS)]
            assert result.execution_time < 0.1
            await asyncio.sleep(21)
            assert (await runtime.execute(Task("x"))).model_used == "a"
            assert_at_rest(runtime)

    virtual(main())


def test_above_the_intensity_a_model_is_quarantined_and_the_others_go_on(virtual: Virtual) -> None:
    async def main() -> None:
        brittle = RestartConfig(intensity=0, quarantine_retry=300.0)
        configs = (model("a", Model(), restart=brittle), model("b", Model()))
        async with fleet(*configs) as runtime:
            crash(runtime, "a")
            snapshot = runtime.snapshot()
            states = {child.name: str(child.restart.state) for child in snapshot.children}
            assert states["model:a"] == "quarantined"
            assert snapshot.router.closed == {"a": "quarantined"}
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.REJECTED), ("b", Outcome.SUCCESS)]
            assert result.execution_time < 0.1
            alone = await runtime.execute(Task("x", timeout=5.0), plan=Plan("a"))
            assert "quarantined" in str(alone.error)
            assert alone.execution_time < 0.1
            assert_at_rest(runtime)

    virtual(main())


def test_a_quarantined_model_is_not_called_available(virtual: Virtual) -> None:
    async def main() -> None:
        brittle = RestartConfig(intensity=0)
        async with fleet(model("a", Model(), restart=brittle), model("b", Model())) as runtime:
            crash(runtime, "a")
            assert runtime.snapshot().models["a"].status is ModelStatus.UNAVAILABLE
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE

    virtual(main())


def test_restart_brings_a_quarantined_model_back(virtual: Virtual) -> None:
    async def main() -> None:
        brittle = RestartConfig(intensity=0)
        async with fleet(model("a", Model(), restart=brittle), model("b", Model())) as runtime:
            crash(runtime, "a")
            assert runtime.model("a").restart() is True
            assert (await runtime.execute(Task("x"))).model_used == "a"
            assert runtime.model("a").status() is ModelStatus.AVAILABLE

    virtual(main())


def test_a_quarantined_model_gets_one_trial_after_its_time(virtual: Virtual) -> None:
    async def main() -> None:
        brittle = RestartConfig(intensity=0, quarantine_retry=300.0)
        async with fleet(model("a", Model(), restart=brittle), model("b", Model())) as runtime:
            crash(runtime, "a")
            await asyncio.sleep(299)
            assert (await runtime.execute(Task("x"))).model_used == "b"
            await asyncio.sleep(2)
            assert (await runtime.execute(Task("x"))).model_used == "a"

    virtual(main())


def test_a_quarantined_model_can_be_removed_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        brittle = RestartConfig(intensity=0, quarantine_retry=300.0)
        async with fleet(model("a", Model(), restart=brittle), model("b", Model())) as runtime:
            crash(runtime, "a")
            async with asyncio.timeout(10):
                await runtime.remove_model("a")
            assert list(runtime.snapshot().models) == ["b"]

    virtual(main())


def test_a_task_that_backs_off_when_its_model_is_quarantined_moves_on(virtual: Virtual) -> None:
    async def main() -> None:
        brittle = RestartConfig(intensity=0)
        failing = Model(ConnectionError())
        configs = (model("a", failing, retry=STEADY, restart=brittle), model("b", Model()))
        async with fleet(*configs) as runtime:
            task = start(runtime)
            await asyncio.sleep(0.5)
            crash(runtime, "a")
            result = await task
            assert result.model_used == "b"
            assert result.execution_time < 2.0
            runtime.model("a").restart()
            assert_at_rest(runtime)

    virtual(main())


def test_a_router_that_crashes_mid_task_loses_no_task(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("here", takes=5.0)
        async with fleet(model("a", slow), model("b", Model(OSError()))) as runtime:
            first = start(runtime)
            await until(lambda: slow.running)
            crash_router(runtime)
            assert (await first).value == "here"
            assert (await runtime.execute(Task("x"))).success
            assert runtime.snapshot().router.answered == 2
            assert_at_rest(runtime)

    virtual(main())


def test_a_task_waits_for_a_router_that_restarts_but_never_past_its_deadline(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            for _ in range(20):
                crash_router(runtime)
                await asyncio.sleep(1.0)
            result = await runtime.execute(Task("x", timeout=5.0))
            assert result.execution_time <= 5.1
            runtime.snapshot().to_json()

    virtual(main())


def test_a_caller_cancelled_while_the_router_is_down_is_not_counted_for_ever(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            crash_router(runtime)
            crash_router(runtime)
            task = start(runtime)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.sleep(10)
            assert_at_rest(runtime)

    virtual(main())


def test_crashes_are_told_to_subscribers() -> None:
    told: list[object] = []
    brittle = RestartConfig(intensity=0)

    async def main() -> None:
        async with fleet(model("a", Model(), restart=brittle)) as runtime:
            runtime.subscribe(told.append, ChildCrashed, ChildQuarantined)
            crash(runtime, "a")

    asyncio.run(main())
    assert [type(event) for event in told] == [ChildCrashed, ChildQuarantined]


def test_a_supervisor_that_crashes_still_restarts_its_children(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            unhashable: list[str] = []
            runtime._fleet.supervisor.send(RestartDue(cast(str, unhashable)))
            await asyncio.sleep(1)
            crash(runtime, "a")
            await asyncio.sleep(1)
            assert (await runtime.execute(Task("x", timeout=5.0))).model_used == "a"
            names = [child.name for child in runtime.snapshot().children]
            assert names == ["router", "models", "model:a", "model:b"]

    virtual(main())


@pytest.mark.parametrize("model_id", ["a", "b"])
def test_a_drain_ends_although_the_last_result_crashed_the_actor(
    virtual: Virtual, model_id: str
) -> None:
    async def main() -> None:
        slow = Model(takes=3.0)
        async with fleet(model("a", slow), model("b", slow)) as runtime:
            plan = Plan(model_id)
            task = asyncio.create_task(runtime.execute(Task("x"), plan=plan))
            await until(lambda: slow.running)
            removal = asyncio.ensure_future(runtime.remove_model(model_id))
            await asyncio.sleep(1)
            state = runtime._fleet.member(model_id).state
            metrics, state.metrics = state.metrics, cast(ModelMetrics, None)
            await asyncio.sleep(3)
            state.metrics = metrics
            assert (await task).success
            async with asyncio.timeout(30):
                await removal

    virtual(main())
