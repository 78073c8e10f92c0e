"""What an operator may do to one model, and to the fleet, while tasks run."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hive_resilience import ModelStatus, Outcome, Plan, Runtime, Task, TaskResult
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import RestartConfig
from hive_resilience.errors import ConfigurationError, ModelUnavailableError

from ..conftest import Virtual
from ..fleet_kit import STEADY, Model, assert_at_rest, crash, fleet, model, narrow, outcomes, until


def state(runtime: Runtime) -> State:
    return runtime.model("a").snapshot().breaker.state


def test_trip_opens_and_reset_closes(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            runtime.model("a").trip("provider is down")
            assert state(runtime) is State.OPEN
            runtime.model("a").reset()
            assert state(runtime) is State.CLOSED
            assert (await runtime.execute(Task("x"))).success

    virtual(main())


def test_force_open_lasts_until_reset(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            runtime.model("a").force_open()
            await asyncio.sleep(10_000)
            result = await runtime.execute(Task("x"))
            assert (state(runtime), result.success) == (State.FORCED_OPEN, False)
            assert getattr(result.error, "retry_after", 0) is None
            runtime.model("a").reset()
            assert (await runtime.execute(Task("x"))).success

    virtual(main())


@pytest.mark.parametrize("switch", ["disable", "metrics_only"])
def test_a_breaker_out_of_use_lets_everything_through(virtual: Virtual, switch: str) -> None:
    async def main() -> None:
        down = Model(ConnectionError())
        async with fleet(model("a", down)) as runtime:
            getattr(runtime.model("a"), switch)()
            for _ in range(30):
                await runtime.execute(Task("x"))
            assert down.calls == 30
            counted = runtime.snapshot().models["a"].breaker.calls
            assert counted == (0 if switch == "disable" else 20)
            assert runtime.snapshot().models["a"].metrics.failures == 30

    virtual(main())


def test_maintenance_takes_no_task_and_lets_running_ones_end(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model("done", takes=5.0))) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            runtime.model("a").enter_maintenance()
            assert runtime.model("a").status() is ModelStatus.MAINTENANCE
            refused = await runtime.execute(Task("y"))
            assert isinstance(refused.attempts[0].error, ModelUnavailableError)
            assert (await running).value == "done"
            runtime.model("a").leave_maintenance()
            assert (await runtime.execute(Task("z"))).success

    virtual(main())


class Checked:
    """A client with a health check of its own."""

    def __init__(self) -> None:
        self.well = True
        self.checks = 0

    async def execute(self, task: Task, context: object) -> str:
        return "answer"

    async def check_health(self) -> bool:
        self.checks += 1
        return self.well


def test_check_health_probes_now(virtual: Virtual) -> None:
    async def main() -> None:
        client = Checked()
        async with fleet(model("a", client)) as runtime:
            assert await runtime.model("a").check_health() is ModelStatus.AVAILABLE
            assert client.checks == 1
            client.well = False
            await asyncio.sleep(31)
            statuses = [await runtime.model("a").check_health() for _ in range(3)]
            assert statuses[-1] is ModelStatus.UNAVAILABLE
            # The last usable model is used all the same, and its answer makes it well.
            assert (await runtime.execute(Task("x"))).success
            assert runtime.model("a").status() is ModelStatus.AVAILABLE

    virtual(main())


def test_a_passed_probe_brings_an_open_model_back_within_ten_seconds(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Checked())) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(10)
            assert state(runtime) is State.HALF_OPEN
            assert (await runtime.execute(Task("x"))).success

    virtual(main())


def test_restart_of_a_model_that_runs_keeps_its_calls(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model("kept", takes=5.0))) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            assert runtime.model("a").restart()
            assert (await running).value == "kept"
            assert_at_rest(runtime)

    virtual(main())


def test_a_stopped_model_serves_nobody_and_its_running_calls_end(virtual: Virtual) -> None:
    async def main() -> None:
        failing = Model(ConnectionError(), takes=5.0)
        async with fleet(model("a", failing, retry=STEADY), model("b", Model())) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            runtime.model("a").stop()
            result = await running
            assert (result.model_used, failing.calls) == ("b", 1)
            assert (await runtime.execute(Task("y"))).attempts[-1].model_id == "b"
            assert runtime.snapshot().router.in_flight == 0

    virtual(main())


def test_a_stopped_model_is_unavailable_to_who_asks(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            runtime.model("a").stop()
            assert runtime.snapshot().models["a"].status is ModelStatus.UNAVAILABLE
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE
            runtime.model("a").stop()
            await runtime.remove_model("a")
            assert list(runtime.snapshot().models) == ["b"]

    virtual(main())


def test_a_model_stopped_during_a_backoff_is_not_asked_again(virtual: Virtual) -> None:
    async def main() -> None:
        failing = Model(ConnectionError())
        async with fleet(model("a", failing, retry=STEADY), model("b", Model())) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(0.5)
            runtime.model("a").stop()
            result = await running
            assert (result.model_used, failing.calls) == ("b", 1)
            assert result.execution_time < 2.0

    virtual(main())


def test_a_handle_answers_while_the_actor_is_down(virtual: Virtual) -> None:
    async def main() -> None:
        late = RestartConfig(base_delay=20.0, jitter=0.0)
        async with fleet(model("a", Model(), restart=late)) as runtime:
            crash(runtime, "a")
            crash(runtime, "a")
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE
            assert runtime.model("a").snapshot().model_id == "a"

    virtual(main())


def test_a_handle_answers_while_another_thread_asks_too() -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            handle = runtime.model("a")
            # The other thread's question waits in the queue while this one is asked.
            other = threading.Thread(target=handle.check_health)
            other.start()
            other.join()
            assert handle.status() is ModelStatus.AVAILABLE
            other = threading.Thread(target=handle.check_health)
            other.start()
            other.join()
            runtime.add_model(model("b", Model("b")))
            assert runtime.snapshot().router.models == 2
            assert (await runtime.execute(Task("x"), plan=Plan("b"))).value == "b"

    asyncio.run(main())


def test_an_unknown_model_is_an_error_that_names_the_known_ones(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            with pytest.raises(ModelUnavailableError, match=r"'c'.*a, b"):
                runtime.model("c")

    virtual(main())


def test_models_come_and_go_while_tasks_run_and_none_is_lost(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("m0", Model(takes=1.0))) as runtime:
            tasks: list[asyncio.Task[TaskResult]] = []
            for number in range(1, 6):
                tasks += [asyncio.create_task(runtime.execute(Task(n))) for n in range(10)]
                await asyncio.sleep(0.3)
                runtime.add_model(model(f"m{number}", Model(takes=1.0)))
                await runtime.remove_model(f"m{number - 1}")
            results = await asyncio.gather(*tasks)
            assert all(result.success for result in results)
            assert list(runtime.snapshot().models) == ["m5"]
            assert_at_rest(runtime)

    virtual(main())


def test_removal_without_draining_lets_the_call_end_on_another_model(virtual: Virtual) -> None:
    async def main() -> None:
        queued = model("a", Model(takes=5.0), bulkhead=narrow(max_queue=3))
        async with fleet(queued, model("b", Model())) as runtime:
            tasks = [asyncio.create_task(runtime.execute(Task(n))) for n in range(3)]
            await until(lambda: runtime.snapshot().models["a"].bulkhead.waiting == 2)
            await runtime.remove_model("a", drain=False)
            results = [await task for task in tasks]
            assert [result.model_used for result in results] == ["a", "b", "b"]
            assert outcomes(results[1])[0] == ("a", Outcome.REJECTED)
            assert_at_rest(runtime)

    virtual(main())


def test_removing_a_model_twice_at_once_removes_it_once(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(takes=5.0)), model("b", Model())) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            await asyncio.gather(runtime.remove_model("a"), runtime.remove_model("a"))
            assert (await running).model_used == "a"
            with pytest.raises(ModelUnavailableError):
                runtime.remove_model("a")

    virtual(main())


def test_a_model_cannot_be_added_twice(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            with pytest.raises(ConfigurationError, match="'a'"):
                runtime.add_model(model("a", Model()))
            assert list(runtime.snapshot().models) == ["a"]

    virtual(main())
