"""A runtime that was left leaves nothing: no task, no thread, no socket, no caller that waits."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from contextlib import suppress

import orjson
import pytest

from hive_resilience import CircuitBreakerConfig, Runtime, Task, TaskResult
from hive_resilience.errors import RuntimeClosedError

from ..conftest import Virtual
from ..fleet_kit import STEADY, Model, crash, fleet, model, narrow, until


class Client:
    """Has something to close."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = 0

    async def execute(self, task: Task, context: object) -> str:
        return "answer"

    async def check_health(self) -> bool:
        return True

    async def close(self) -> None:
        self.closed += 1
        if self.error is not None:
            raise self.error


def everything(runtime: Runtime) -> None:
    """Ask for all that could leave something behind."""
    runtime.subscribe(lambda event: None)
    for task in [Task(n) for n in range(5)]:
        runtime.submit(task, strategy="parallel")
    runtime.router.tell(Task("told"))


def test_async_with_leaves_no_task_no_thread_and_no_open_resource() -> None:
    before = threading.active_count()

    async def main() -> None:
        configs = (model("a", Client()), model("b", lambda task: "x"), model("c", Model()))
        async with fleet(*configs) as runtime:
            everything(runtime)
            await runtime.execute(Task("x"), strategy="random")
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())
        gc.collect()
    assert threading.active_count() == before


def test_with_leaves_no_thread_and_no_loop() -> None:
    before = threading.active_count()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fleet(model("a", Client()), model("b", lambda task: "x")) as runtime:
            everything(runtime)
            assert runtime.submit(Task("x")).result(timeout=10).value == "answer"
        gc.collect()
    assert threading.active_count() == before


def test_leaving_waits_for_running_tasks_and_takes_no_new_ones(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("done", takes=10.0)
        runtime = fleet(model("a", slow))
        async with runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: slow.running)
            leaving = asyncio.ensure_future(runtime.drain(20.0))
            await asyncio.sleep(1)
            with pytest.raises(RuntimeClosedError, match="stopping"):
                await runtime.execute(Task("y"))
            assert (await leaving).remaining == 0
        assert (await running).value == "done"
        with pytest.raises(RuntimeClosedError, match="stopped"):
            await runtime.execute(Task("z"))
        with pytest.raises(RuntimeClosedError):
            runtime.submit(Task("z"))

    virtual(main())


async def stubborn(task: Task) -> str:
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            continue


@pytest.mark.parametrize("strategy", ["sequential", "parallel"])
@pytest.mark.parametrize("executor", [Model(takes=500.0), stubborn], ids=["slow", "stubborn"])
def test_tasks_under_way_past_the_drain_end_with_an_error_in_their_result(
    virtual: Virtual, strategy: str, executor: object
) -> None:
    async def main() -> None:
        configs = (model("a", executor, timeout=900.0), model("b", executor, timeout=900.0))
        async with fleet(*configs, task_timeout=900.0, drain_timeout=3.0) as runtime:
            work = runtime.execute(Task("x"), strategy=strategy)
            running = asyncio.create_task(work)
            await asyncio.sleep(1)
        async with asyncio.timeout(10):
            result = await running
        assert isinstance(result.error, RuntimeClosedError)
        assert len(asyncio.all_tasks()) == 1

    virtual(main())


def test_tasks_that_back_off_wait_in_line_or_wait_for_an_actor_end_too(virtual: Virtual) -> None:
    async def main() -> None:
        busy = model("a", Model(takes=500.0), timeout=900.0, bulkhead=narrow(max_queue=5))
        patient = CircuitBreakerConfig(failure_threshold=100)
        failing = Model(ConnectionError())
        backs_off = model("b", failing, retry=STEADY, circuit_breaker=patient)
        running: list[asyncio.Task[TaskResult]] = []
        async with fleet(busy, task_timeout=900.0, drain_timeout=1.5) as runtime:
            for _ in range(3):
                running.append(asyncio.create_task(runtime.execute(Task("x"))))
            await asyncio.sleep(0.1)
            runtime.add_model(backs_off)
            runtime.model("a").enter_maintenance()
            running.append(asyncio.create_task(runtime.execute(Task("y"))))
            await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            results = await asyncio.gather(*running)
        assert all(isinstance(result.error, RuntimeClosedError) for result in results)

    virtual(main())


def test_submitted_tasks_past_the_drain_end_with_an_error_in_their_result() -> None:
    started = threading.Event()

    async def hangs(task: Task) -> None:
        started.set()
        await asyncio.sleep(1000)

    with fleet(model("a", hangs), drain_timeout=0.02, stop_grace=0.1) as runtime:
        future = runtime.submit(Task("x"))
        told = runtime.router.ask(Task("y"), block=False)
        assert started.wait(10)
    assert isinstance(future.result(timeout=5).error, RuntimeClosedError)
    with pytest.raises(RuntimeClosedError):
        told.get(timeout=5).unwrap()


def test_a_client_that_cannot_be_closed_keeps_no_other_from_closing(virtual: Virtual) -> None:
    async def main() -> None:
        broken, well = Client(OSError("will not close")), Client()
        async with fleet(model("a", broken), model("b", well)):
            pass
        assert (broken.closed, well.closed) == (1, 1)

    virtual(main())


def test_an_error_in_the_block_passes_through(virtual: Virtual) -> None:
    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            async with fleet(model("a", Model())):
                raise ZeroDivisionError

    virtual(main())


def test_a_runtime_is_used_once(virtual: Virtual) -> None:
    async def main() -> None:
        runtime = fleet(model("a", Model()))
        with pytest.raises(RuntimeClosedError, match="not started"):
            await runtime.execute(Task("x"))
        async with runtime:
            with pytest.raises(RuntimeClosedError):
                await runtime.__aenter__()
            assert (await runtime.execute(Task("x"))).success
        with pytest.raises(RuntimeClosedError):
            await runtime.__aenter__()

    virtual(main())


def test_who_asks_the_router_gets_the_result_and_who_tells_gets_it_done() -> None:
    async def main() -> None:
        one = Model("hello")
        async with fleet(model("a", one)) as runtime:
            result = await runtime.router.ask(Task("x"), block=False)
            assert (result.value, result.model_used) == ("hello", "a")
            runtime.router.tell(Task("y"))
            await until(lambda: one.calls == 2)

    asyncio.run(main())


def test_a_snapshot_is_json_also_with_infinite_waits_and_crashes(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(OSError())), model("b", Model())) as runtime:
            await runtime.execute(Task("x"), strategy="parallel")
            runtime.model("a").force_open()
            runtime.model("b").enter_maintenance()
            crash(runtime, "b")
            crash(runtime, "b")
            told = orjson.loads(runtime.snapshot().to_json())
            assert told["models"]["a"]["breaker"]["retry_after"] is None
            assert told["router"]["in_flight"] == 0
            assert {child["name"] for child in told["children"]} >= {"router", "model:a", "model:b"}

    virtual(main())


def test_a_call_that_outlives_its_cancellation_starts_no_other_when_the_runtime_closes(
    virtual: Virtual,
) -> None:
    async def stubborn(task: Task) -> str:
        loop = asyncio.get_running_loop()
        while loop.time() < 4.0:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(4.0 - loop.time())
        raise ConnectionError("at last")

    async def main() -> None:
        other = Model()
        models = (model("a", stubborn, on_crash="cancel"), model("b", other))
        async with fleet(*models, drain_timeout=0.5) as runtime:
            asked = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            crash(runtime, "a")
        assert isinstance((await asked).error, RuntimeClosedError)
        assert other.calls == 0

    virtual(main())
