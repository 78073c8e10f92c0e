"""A worker process that dies is a crash: its supervisor hears of it and brings a new one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.config import RestartConfig
from hive_resilience.errors import InvalidRequestError, ModelUnavailableError
from hive_resilience.events import ChildCrashed, ChildQuarantined, ChildRestarted
from hive_resilience.runtime.executors.functions.threads import Threads
from hive_resilience.runtime.executors.processes.pool import Worker, Workers
from hive_resilience.runtime.executors.processes.supervision import (
    ProcessDiedError,
    WorkerSupervisor,
)

from ....conftest import Virtual
from ....fleet_kit import fleet, model, outcomes
from .process_kit import act

KEEPER = "workers:native"


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def places(runtime: Runtime) -> Workers:
    executor: Any = runtime._fleet.member("native").state.executor
    return executor._workers  # type: ignore[no-any-return]


def test_the_supervisor_hears_of_a_segmentation_fault_and_starts_a_new_process() -> None:
    async def main() -> None:
        heard: list[Any] = []
        async with fleet(model("native", act, isolation="process")) as runtime:
            runtime.subscribe(heard.append, ChildCrashed, ChildRestarted)
            assert not (await runtime.execute(Task("segfault"))).success
            await until(lambda: len(heard) == 2)
            crashed, restarted = heard
            assert (crashed.child, restarted.child) == (KEEPER, KEEPER)
            assert isinstance(crashed.cause, ProcessDiedError)
            assert str(crashed.cause) == "the worker process of native died of SIGSEGV"
            await until(lambda: any(one._pool is not None for one in places(runtime)._idle))
            await runtime.remove_model("native")
            assert KEEPER not in {child.name for child in runtime.snapshot().children}

    asyncio.run(main())


def test_processes_that_die_too_often_are_given_up_but_each_call_has_one() -> None:
    async def main() -> None:
        heard: list[Any] = []
        limits = RestartConfig(intensity=0)
        native = model("native", act, isolation="process", restart=limits)
        async with fleet(native) as runtime:
            runtime.subscribe(heard.append, ChildQuarantined)
            assert not (await runtime.execute(Task("segfault"))).success
            await until(lambda: heard)
            assert heard[0].child == KEEPER
            assert len(places(runtime).lost) == 1
            assert (await runtime.execute(Task("pid"))).success

    asyncio.run(main())


def test_a_process_that_was_killed_is_no_crash(tmp_path: Path) -> None:
    async def main() -> None:
        native = model("native", act, isolation="process", timeout=1.5)
        async with fleet(native) as runtime:
            assert (await runtime.execute(Task("pid", timeout=20.0))).success
            hangs = await runtime.execute(Task(("loop", str(tmp_path / "pid"))))
            assert outcomes(hangs) == [("native", "timeout")]
            await until(lambda: not places(runtime)._busy)
            crashes = {one.name: one.restart.crashes for one in runtime.snapshot().children}
            assert crashes[KEEPER] == 0

    asyncio.run(main())


class Dead(Worker):
    """Has died, and notes when it is started."""

    def __init__(self) -> None:
        super().__init__("native", b"", None)
        self.death = ModelUnavailableError("died")
        self.started = 0

    def start(self) -> None:
        self.started += 1


async def refilled(*, busy: bool) -> Dead:
    """A place whose process has died, when all such places were looked after."""
    dead = Dead()
    workers = Workers(1, lambda: dead, Threads("native"))
    workers._idle.append(dead)
    if busy:
        first = asyncio.create_task(workers.run(lambda _: None))
        await asyncio.sleep(0)
        await workers.refill()
        await first
    else:
        await workers.refill()
    return dead


@pytest.mark.parametrize(("busy", "started"), [(False, 1), (True, 0)])
def test_a_place_that_is_used_again_needs_no_start(busy: bool, started: int) -> None:
    assert asyncio.run(refilled(busy=busy)).started == started


def test_a_keeper_understands_nothing_else(virtual: Virtual) -> None:
    async def main() -> None:
        engine = Engine()
        engine.attach()
        workers = Workers(1, Dead, Threads("native"))
        ref = engine.start(WorkerSupervisor, workers)
        with pytest.raises(InvalidRequestError, match="does not understand int"):
            await ref.ask(1, block=False)
        engine.close()

    virtual(main())
