"""Calls may outlive the actor of their model: what they hold comes back all the same."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from hive_resilience import Runtime, Task, TaskResult
from hive_resilience.actors.fleet_messages import AlertsDue
from hive_resilience.actors.model.state import ModelState
from hive_resilience.config import BulkheadConfig, RestartConfig, RestartType
from hive_resilience.testing import ScriptedModel, Step, VirtualLoop, crash, run_virtual, settle

from ...fleet_kit import fleet, model

TEMPORARY = RestartConfig(type=RestartType.TEMPORARY)


class Stuck(ScriptedModel):
    """Its calls go on for 30 s in a thread that nobody can stop, as far as the runtime sees."""

    async def execute(self, task: Task, context: Any) -> object:
        loop = asyncio.get_running_loop()
        context.lingering = loop.create_future()
        loop.call_later(30.0, context.lingering.set_result, "late")
        return await asyncio.shield(context.lingering)


def start(runtime: Runtime) -> asyncio.Task[TaskResult]:
    return asyncio.create_task(runtime.execute(Task("x", timeout=20.0)))


def taken(state: ModelState) -> tuple[int, int]:
    return len(state.permits), state.bulkhead.in_flight


async def end(runtime: Runtime, how: str) -> None:
    """The actor of the model is gone for good, whatever it has under way."""
    if how == "stopped":
        runtime.model("a").stop()
    elif how == "removed":
        await runtime.remove_model("a", drain=False)
    else:
        crash(runtime, "a")
    await settle()


@pytest.mark.parametrize("how", ["stopped", "removed", "crashed"])
def test_a_call_is_delivered_counted_and_gives_its_place_back(how: str) -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel(Step("A", 2.0)), restart=TEMPORARY)) as runtime:
            state = runtime._fleet.member("a").state
            task = start(runtime)
            await settle()
            await end(runtime, how)
            assert taken(state) == (1, 1)
            assert (await task).value == "A"
            assert taken(state) == (0, 0)
            assert state.metrics.successes == 1
            assert runtime.snapshot().dead_letters == {}

    run_virtual(main())


@pytest.mark.parametrize("how", ["stopped", "removed", "crashed"])
def test_a_thread_that_outlives_the_actor_gives_its_place_back_when_it_ends(how: str) -> None:
    async def main() -> None:
        one = model("a", Stuck(), timeout=1.0, restart=TEMPORARY)
        async with fleet(one) as runtime:
            state = runtime._fleet.member("a").state
            task = start(runtime)
            await settle()
            await end(runtime, how)
            assert not (await task).success
            assert taken(state) == (0, 1)
            await asyncio.sleep(30.0)
            assert taken(state) == (0, 0)

    run_virtual(main())


def test_a_thread_that_outlives_the_runtime_gives_its_place_back_too() -> None:
    async def main() -> None:
        async with fleet(model("a", Stuck(), timeout=1.0)) as runtime:
            state = runtime._fleet.member("a").state
            assert not (await start(runtime)).success
        assert taken(state) == (0, 1)
        await asyncio.sleep(30.0)
        assert taken(state) == (0, 0)

    run_virtual(main())


def test_who_was_given_a_permit_that_he_never_saw_loses_none() -> None:
    async def main() -> None:
        narrow = BulkheadConfig(max_concurrent=1, max_queue=1)
        one = model("a", ScriptedModel(Step("A", 1.0)), bulkhead=narrow)
        async with fleet(one) as runtime:
            state = runtime._fleet.member("a").state
            first, second = start(runtime), start(runtime)
            await settle()

            def at_once(_: object) -> None:
                second.cancel()
                runtime.model("a").stop()

            first.add_done_callback(at_once)
            await first
            await asyncio.gather(second, return_exceptions=True)
            await asyncio.sleep(5.0)
            assert taken(state) == (0, 0)

    run_virtual(main())


def test_a_stopped_actor_is_not_kept_for_what_may_still_come() -> None:
    async def main() -> None:
        async with fleet(model("a", ScriptedModel())) as runtime:
            actor = weakref.ref(runtime._fleet.member("a").ref.address.actor)
            assert actor() is not None
            await end(runtime, "stopped")
            gc.collect()
            assert actor() is None

    run_virtual(main())


def alerts_are_due(loop: VirtualLoop) -> bool:
    """Whether a timer of the router's is set."""
    arguments = [getattr(handle, "_args", ()) for handle in loop.timers]
    return any(isinstance(one, AlertsDue) for given in arguments for one in given)


@pytest.mark.parametrize("news", [False, True])
def test_a_router_that_is_down_at_the_end_leaves_no_clock_behind(news: bool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with fleet(model("a", ScriptedModel())) as runtime:
            for _ in range(2):  # the second alert is held back for a while
                runtime.model("a").trip()
                runtime.model("a").reset()
            runtime.model("a").trip()
            assert alerts_are_due(loop)
            for _ in range(3):
                crash(runtime, "router")
            assert runtime.router.is_suspended()
            if news:  # they wait for the router, and are salvaged from it
                runtime.model("a").force_open()
        assert not alerts_are_due(loop)

    run_virtual(main())
