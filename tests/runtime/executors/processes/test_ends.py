"""How worker processes end: by themselves, by a limit, with their caller, with the runtime."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.errors import ModelUnavailableError

from ....fleet_kit import assert_at_rest, fleet, model, outcomes
from .process_kit import act, is_alive

AT_ONCE = RetryConfig(max_retries=1, base_delay=0)


def isolated(**settings: Any) -> ModelConfig:
    return model("native", act, isolation="process", **settings)


async def pid_in(path: Path) -> int:
    """What a worker writes there once it is in its call."""
    async with asyncio.timeout(20):
        while not path.exists():
            await asyncio.sleep(0.01)
    return int(path.read_text(encoding="ascii"))


async def gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while is_alive(pid):
            await asyncio.sleep(0.01)


def workers(runtime: Runtime) -> Any:
    executor: Any = runtime._fleet.member("native").state.executor
    return executor._workers


async def at_rest(runtime: Runtime) -> None:
    async with asyncio.timeout(10):
        while workers(runtime)._busy:
            await asyncio.sleep(0.01)
    assert_at_rest(runtime)


def test_a_segmentation_fault_costs_one_attempt(tmp_path: Path) -> None:
    async def main() -> None:
        async with fleet(isolated(retry=AT_ONCE)) as runtime:
            task = Task(("segfault once", str(tmp_path / "crashed")))
            result = await runtime.execute(task)

            assert outcomes(result) == [("native", "failure"), ("native", "success")]
            error = result.attempts[0].error
            assert isinstance(error, ModelUnavailableError)
            assert str(error) == "the worker process of native died of SIGSEGV"
            metrics = runtime.snapshot().models["native"].metrics
            assert (metrics.failures, metrics.successes) == (1, 1)

    asyncio.run(main())


def test_segmentation_faults_open_the_breaker_and_other_models_answer() -> None:
    async def other(task: Task) -> str:
        return "other"

    async def main() -> None:
        breaker: Any = {"failure_threshold": 2}
        async with fleet(isolated(circuit_breaker=breaker), model("b", other)) as runtime:
            results = [await runtime.execute(Task("segfault")) for _ in range(3)]

            assert [result.value for result in results] == ["other"] * 3
            assert runtime.snapshot().models["native"].metrics.failures == 2

    asyncio.run(main())


def test_a_process_that_dies_while_idle_costs_no_attempt() -> None:
    async def main() -> None:
        async with fleet(isolated()) as runtime:
            first = (await runtime.execute(Task("pid"))).unwrap()
            os.kill(first, signal.SIGKILL)
            (worker,) = workers(runtime)._idle
            async with asyncio.timeout(10):
                while worker._pool.active:  # pebble looks ten times a second
                    await asyncio.sleep(0.01)
            second = await runtime.execute(Task("pid"))

            assert second.success
            assert second.value != first

    asyncio.run(main())


def test_a_call_that_never_ends_is_killed_at_its_timeout_and_others_go_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with fleet(isolated()) as runtime:
            await runtime.execute_all([Task("pid"), Task("pid")])  # both processes are there
            loop = Task(("loop", str(tmp_path / "pid")), timeout=1.5)
            hangs = asyncio.create_task(runtime.execute(loop))
            pid = await pid_in(tmp_path / "pid")
            others = [await runtime.execute(Task("pid")) for _ in range(3)]
            assert not hangs.done()
            result = await hangs

            assert all(other.success for other in others)
            assert outcomes(result) == [("native", "timeout")]
            await gone(pid)
            await at_rest(runtime)
            assert runtime.snapshot().models["native"].metrics.abandoned == 0

    asyncio.run(main())


@pytest.mark.parametrize("what", ["loop", "hold the interpreter"])
def test_the_process_of_a_cancelled_caller_is_killed_and_the_next_call_works(
    what: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with fleet(isolated()) as runtime:
            hangs = asyncio.create_task(runtime.execute(Task((what, str(tmp_path / "pid")))))
            pid = await pid_in(tmp_path / "pid")
            hangs.cancel()
            await asyncio.wait([hangs])

            assert hangs.cancelled()
            await gone(pid)
            assert (await runtime.execute(Task("pid"))).success
            await at_rest(runtime)

    asyncio.run(main())


def test_there_are_never_more_processes_than_places(tmp_path: Path) -> None:
    async def main() -> None:
        narrow: Any = {"max_concurrent": 1}
        async with fleet(isolated(bulkhead=narrow)) as runtime:
            for number in range(3):
                path = tmp_path / str(number)
                hangs = asyncio.create_task(runtime.execute(Task(("loop", str(path)))))
                await pid_in(path)
                assert len(multiprocessing.active_children()) == 1
                hangs.cancel()
                await asyncio.wait([hangs])

    asyncio.run(main())


def test_closing_the_runtime_leaves_no_process_and_no_thread(tmp_path: Path) -> None:
    async def main() -> int:
        async with fleet(isolated(), drain_timeout=0.1, stop_grace=2.0) as runtime:
            hangs = asyncio.create_task(runtime.execute(Task(("loop", str(tmp_path / "pid")))))
            pid = await pid_in(tmp_path / "pid")
            assert (await runtime.execute(Task("pid"))).success  # a second one, idle by now
        assert not (await hangs).success
        return pid

    before = set(threading.enumerate())
    pid = asyncio.run(main())

    assert not is_alive(pid)
    assert multiprocessing.active_children() == []
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive(), thread.name


def test_removing_a_model_ends_its_processes() -> None:
    async def main() -> None:
        async with fleet(isolated(), model("b", act)) as runtime:
            pid = (await runtime.execute(Task("pid"))).unwrap()
            await runtime.remove_model("native")
            assert not is_alive(pid)

    asyncio.run(main())
