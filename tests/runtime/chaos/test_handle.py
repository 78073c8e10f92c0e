"""Experiments by hand: what is allowed, and when they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.config import ChaosConfig
from hive_resilience.errors import ChaosRefusedError, InvalidRequestError
from hive_resilience.events import (
    ActionTaken,
    ChaosStarted,
    ChaosStopped,
    ChildCrashed,
    FaultInjected,
)
from hive_resilience.runtime.chaos.executor import ChaosExecutor
from tests.conftest import Virtual

from .chaos_kit import chaotic, injected

OFF = ChaosConfig()
TASK = Task("x")


def test_without_chaos_no_call_is_wrapped_and_no_hook_is_there(virtual: Virtual) -> None:
    async def run() -> None:
        async with chaotic("a", chaos=OFF) as runtime:
            fleet = runtime._fleet
            assert fleet.environment.hook is None
            assert not isinstance(fleet.member("a").backend.executor, ChaosExecutor)
            assert not runtime.chaos.enabled
            assert runtime.chaos.running() == () == runtime.chaos.stop()
            with pytest.raises(ChaosRefusedError, match="chaos is off"):
                runtime.chaos.inject("hang")

    virtual(run())


def test_with_chaos_each_call_is_wrapped_innermost(virtual: Virtual) -> None:
    async def run() -> None:
        async with chaotic("a") as runtime:
            assert isinstance(runtime._fleet.member("a").backend.executor, ChaosExecutor)

    virtual(run())


def refused(virtual: Virtual, told: str, error: type[Exception], **settings: Any) -> None:
    async def run() -> None:
        async with chaotic("a", "b") as runtime:
            with pytest.raises(error, match=told):
                runtime.chaos.inject(**settings)
            assert runtime.chaos.running() == ()
            assert (await runtime.execute(TASK)).value == "a"

    virtual(run())


@pytest.mark.parametrize(
    ("told", "settings"),
    [
        ("no model 'c'", {"fault": "hang", "models": ["c"]}),
        ("every usable model", {"fault": "hang", "share": 1.0}),
        ("more than chaos", {"fault": "hang", "calls": 10_000}),
        ("no history to fail", {"fault": "disk_full"}),
        ("has worker processes", {"fault": "kill_worker"}),
    ],
)
def test_what_reaches_too_far_is_refused_and_nothing_is_done(
    virtual: Virtual, told: str, settings: dict[str, Any]
) -> None:
    refused(virtual, told, ChaosRefusedError, **settings)


@pytest.mark.parametrize(
    ("told", "settings"),
    [
        ("no such fault", {"fault": "boom"}),
        ("did you mean share", {"fault": "hang", "shrae": 1.0}),
        ("seed is a whole number", {"fault": "hang", "seed": "7"}),
        ("experiment is a text", {"fault": "hang", "experiment": ""}),
    ],
)
def test_what_is_written_wrong_is_refused(
    virtual: Virtual, told: str, settings: dict[str, Any]
) -> None:
    refused(virtual, told, InvalidRequestError, **settings)


def test_an_experiment_tells_how_it_is_and_what_came_of_it(virtual: Virtual) -> None:
    async def run() -> None:
        async with chaotic("a", "b") as runtime:
            chaos = runtime.chaos
            told: dict[str, Any] = {"experiment": "x", "title": "An outage", "seed": 7, "by": "me"}
            chaos.inject("fault", models=["a"], share=1.0, **told)
            await runtime.execute(TASK)

            (status,) = chaos.running()
            assert (status.id, status.title, status.hits) == ("x", "An outage", 1)
            assert (status.seed, status.by, status.models) == (7, "me", ("a",))
            assert status.faults == ("fault at a, 100 % of the calls",)
            assert 29 < (status.until - status.since).total_seconds() <= 30.1

            (report,) = chaos.stop("x", reason="enough", by="you")
            assert (report.reason, report.ended_by, report.aborted) == ("enough", "you", False)
            assert (report.tasks, report.answered, report.hit_models) == (1, 1, {"a": 1})
            assert injected(await runtime.execute(TASK)) == [("a", False, "success")]
            assert chaos.running() == ()
            assert chaos.reports()[0].recovered

    virtual(run())


def test_a_lease_that_is_not_renewed_ends_the_faults(virtual: Virtual) -> None:
    async def run() -> list[bool]:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("latency", models=["a"], share=1.0, seconds=0.1)
            found: list[bool] = []
            for _ in range(4):
                found.append((await runtime.execute(TASK)).attempts[0].injected)
                await asyncio.sleep(10.0)
            assert "its lease is over" in runtime.chaos.reports()[0].reason
            return found

    assert virtual(run()) == [True, True, True, False]


def test_a_renewed_lease_goes_on_to_the_end_of_its_fault(virtual: Virtual) -> None:
    async def run() -> list[bool]:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("latency", models=["a"], share=1.0, seconds=0.1)
            found: list[bool] = []
            for _ in range(7):
                found.append((await runtime.execute(TASK)).attempts[0].injected)
                await asyncio.sleep(10.0)
                runtime.chaos.renew()
            assert not runtime.chaos.renew()
            return found

    assert virtual(run()) == [True] * 6 + [False]


def test_an_experiment_that_fails_too_many_tasks_ends_within_a_second(virtual: Virtual) -> None:
    async def run() -> float:
        clock = asyncio.get_running_loop().time
        async with chaotic("a") as runtime:
            runtime.chaos.inject("fault", share=1.0, allow_outage=True)
            began = clock()
            for _ in range(20):
                await runtime.execute(TASK)
            enough = clock()
            while runtime.chaos.running():
                await asyncio.sleep(0.1)
            (report,) = runtime.chaos.reports()
            assert report.aborted
            assert "0.0% of the last 20 tasks" in report.reason
            assert began <= enough
            return clock() - enough

    assert virtual(run()) <= 1.0


def test_what_runs_ends_with_its_runtime_and_with_its_setting(virtual: Virtual) -> None:
    async def run() -> None:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("hang", models=["a"])
            await runtime.reload(overrides={"chaos": {"enabled": False}})
            assert runtime.chaos.running() == ()
            with pytest.raises(ChaosRefusedError, match="not enabled any more"):
                runtime.chaos.inject("hang", models=["a"])

    virtual(run())


def test_every_step_is_an_event_and_an_action(virtual: Virtual) -> None:
    async def run() -> list[str]:
        found: list[str] = []
        async with chaotic("a", "b") as runtime:
            kinds = (ChaosStarted, ChaosStopped, FaultInjected, ActionTaken)
            runtime.subscribe(lambda event: found.append(_told(event)), *kinds)
            runtime.chaos.inject("latency", models=["a"], share=1.0, seconds=0.1, by="me")
            await runtime.execute(TASK)
            runtime.chaos.stop(reason="enough", by="you")
        return found

    assert virtual(run()) == [
        "chaos_inject by me",
        "ChaosStarted chaos",
        "FaultInjected chaos",
        "ChaosStopped chaos",
        "chaos_stop by you",
    ]


def _told(event: Any) -> str:
    if isinstance(event, ActionTaken):
        return f"{event.action} by {event.by}"
    return f"{type(event).__name__} {event.experiment}"


def test_an_actor_crashes_once_and_comes_back(virtual: Virtual) -> None:
    async def run() -> None:
        crashed: list[str] = []
        async with chaotic("a", "b") as runtime:
            runtime.subscribe(lambda event: crashed.append(event.child), ChildCrashed)
            runtime.chaos.inject("kill_actor", models=["a"])
            runtime.chaos.inject("kill_actor", actor="router")
            await asyncio.sleep(1.0)
            assert runtime.snapshot().models["a"].restarts == 1
            assert (await runtime.execute(TASK)).value == "a"
            (report,) = runtime.chaos.stop()
            assert (report.hits, report.hit_models, report.to_detect) == (2, {"a": 1}, 0.0)
        assert crashed == ["model:a", "router"]

    virtual(run())


def test_the_handle_works_from_another_thread() -> None:
    with chaotic("a", "b") as runtime:
        runtime.chaos.inject("latency", models=["a"], share=1.0, seconds=0.001)
        assert runtime.submit(TASK).result(timeout=10).attempts[0].injected
        assert runtime.chaos.steady().tasks == 1
        assert len(runtime.chaos.stop()) == 1


def test_a_steady_state_is_that_of_the_last_seconds(virtual: Virtual) -> None:
    async def run(runtime: Runtime) -> None:
        async with runtime:
            empty = runtime.chaos.steady()
            assert (empty.tasks, empty.success_rate, empty.p95) == (0, None, None)
            await runtime.execute(TASK)
            await asyncio.sleep(100.0)
            await runtime.execute(TASK)
            steady = runtime.chaos.steady(window=50.0)
            assert (steady.tasks, steady.success_rate) == (1, 1.0)
            assert steady.p95 == pytest.approx(0.01)
            assert steady.usable == ("a", "b")
            assert steady.breakers == {"a": "closed", "b": "closed"}

    virtual(run(chaotic("a", "b")))
