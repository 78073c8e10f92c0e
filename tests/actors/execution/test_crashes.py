"""What becomes of running calls when the actor of their model, or the router, is lost."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Outcome, Runtime, Strategy, Task, TaskResult
from hive_resilience.actors.calls.bounded_call import BoundedCall
from hive_resilience.config.settings.model import OnCrash
from hive_resilience.errors import ModelUnavailableError, RuntimeClosedError

from ...conftest import Virtual
from ...fleet_kit import STEADY, Model, assert_at_rest, crash, fleet, model, outcomes, until


def start(runtime: Runtime, strategy: Strategy | None = None) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x", timeout=60.0), strategy=strategy))


def test_cancelled_calls_of_a_crashed_model_go_on_to_the_next_one(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("never", takes=20.0)
        first = model("a", slow, on_crash=OnCrash.CANCEL, retry=STEADY)
        async with fleet(first, model("b", Model("from b"))) as runtime:
            tasks = [start(runtime) for _ in range(3)]
            await until(lambda: slow.running == 3)
            crash(runtime, "a")
            for result in await asyncio.gather(*tasks):
                assert outcomes(result) == [("a", Outcome.FAILURE), ("b", Outcome.SUCCESS)]
                assert result.value == "from b"
                assert result.execution_time < 1.0
                error = result.attempts[0].error
                assert isinstance(error, ModelUnavailableError)
                assert "crashed" in str(error)
            assert (slow.cancelled, slow.calls) == (3, 3)
            assert runtime.snapshot().models["a"].breaker.failures_in_row == 0
            assert_at_rest(runtime)

    virtual(main())


def test_a_cancelled_call_without_another_model_fails_with_the_reason(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=20.0)
        async with fleet(model("a", slow, on_crash="cancel", retry=STEADY)) as runtime:
            task = start(runtime)
            await until(lambda: slow.running)
            budget = runtime.snapshot().models["a"].budget
            crash(runtime, "a")
            result = await task
            assert (result.success, result.retry_count) == (False, 0)
            assert "the actor of a crashed" in str(result.error)
            assert runtime.snapshot().models["a"].budget == budget
            assert_at_rest(runtime)

    virtual(main())


def test_parallel_calls_of_other_models_are_not_cancelled(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(takes=5.0), Model("second", takes=5.0)
        configs = (model("a", first, on_crash="cancel"), model("b", second, on_crash="cancel"))
        async with fleet(*configs) as runtime:
            task = start(runtime, Strategy.PARALLEL)
            await until(lambda: first.running and second.running)
            crash(runtime, "a")
            assert (await task).value == "second"
            assert (first.cancelled, second.cancelled) == (1, 0)
            assert_at_rest(runtime)

    virtual(main())


def test_a_call_that_has_ended_cannot_be_cancelled_any_more(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model("done", takes=1.0), on_crash="cancel")) as runtime:

            async def twice() -> object:
                result = await runtime.execute(Task("x"))
                crash(runtime, "a")
                await asyncio.sleep(1)
                return result.value

            assert await asyncio.create_task(twice()) == "done"
            assert_at_rest(runtime)

    virtual(main())


def test_revoking_a_call_after_its_end_does_not_touch_its_caller(virtual: Virtual) -> None:
    async def main() -> None:
        call = BoundedCall(asyncio.sleep(1, "done"), asyncio.get_running_loop().time() + 5, 1.0)
        assert await call == "done"
        call.revoke(RuntimeClosedError("too late"))
        await asyncio.sleep(1)

    virtual(main())


def test_who_cancels_a_task_in_the_moment_of_the_crash_gets_his_cancellation(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        slow = Model(takes=20.0)
        async with fleet(model("a", slow, on_crash="cancel"), model("b", Model())) as runtime:
            task = start(runtime)
            await until(lambda: slow.running)
            crash(runtime, "a")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert_at_rest(runtime)

    virtual(main())


def test_who_waits_in_line_keeps_its_place_through_a_restart_by_hand(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("served", takes=5.0)
        narrow = {"max_concurrent": 1, "max_queue": 5}
        async with fleet(model("a", slow, bulkhead=narrow)) as runtime:
            tasks = [start(runtime) for _ in range(3)]
            await until(lambda: slow.running)
            assert runtime.model("a").restart()
            assert [(await task).value for task in tasks] == ["served"] * 3
            assert_at_rest(runtime)

    virtual(main())


def test_a_router_or_model_that_somebody_stops_comes_back(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("here", takes=5.0)
        async with fleet(model("a", slow)) as runtime:
            task = start(runtime)
            await until(lambda: slow.running)
            runtime.router.stop()
            runtime._fleet.member("a").ref.stop()
            runtime._fleet.supervisor.stop()
            assert (await task).value == "here"
            assert (await runtime.execute(Task("y"))).success
            assert all(child.alive for child in runtime.snapshot().children)
            assert_at_rest(runtime)

    virtual(main())


def test_a_router_that_keeps_crashing_is_tried_each_second_and_loses_no_task(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with fleet(model("a", Model("at last"))) as runtime:
            for _ in range(12):
                runtime._fleet.router.send(_unhashable())
            result = await runtime.execute(Task("x", timeout=30.0))
            assert result.value == "at last"
            assert_at_rest(runtime)

    virtual(main())


def _unhashable() -> object:
    from hive_resilience.actors.messages import AttemptReported

    broken: list[str] = []
    return AttemptReported(broken, True, 0.0)  # type: ignore[arg-type]  # it crashes the router


def test_a_model_is_added_restarted_and_removed_while_its_supervisor_is_down(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:

            def down() -> None:
                for _ in range(4):
                    runtime._fleet.supervisor.send(_lost_report())

            down()
            assert "models" in [c.name for c in runtime.snapshot().children if not c.alive]
            runtime.add_model(model("b", Model("from b")))
            down()
            assert runtime.model("a").restart() is True
            down()
            await runtime.remove_model("a")
            assert (await runtime.execute(Task("x"))).value == "from b"

    virtual(main())


def _lost_report() -> object:
    from hive_resilience.actors.supervision.messages import RestartDue

    broken: list[str] = []
    return RestartDue(broken)  # type: ignore[arg-type]  # it crashes the supervisor
