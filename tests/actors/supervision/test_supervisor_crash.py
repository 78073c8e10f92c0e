"""A supervisor that crashes itself finds its children again, and what it has missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience import SupervisorSpec
from hive_resilience.actors.engine.future import Promise
from hive_resilience.actors.engine.signals import Crashed, Stopped
from hive_resilience.actors.supervision.messages import (
    RestartChild,
    RestartDue,
    StopAll,
    StopChild,
    StopDue,
)
from hive_resilience.config import RestartConfig
from hive_resilience.runtime.testing.interception import intercept

from ...conftest import Virtual
from .supervisor_kit import STEADY, Boom, House, Worker, play

SHORT = RestartConfig(shutdown_timeout=2.0)


class Poison:
    """To a supervisor: it does not understand this, and nobody hears that."""


def crash_at(house: House, kind: type, *path: str) -> Callable[[], None]:
    """The supervisor crashes instead of handling the next message of this class."""
    left = [kind]

    def before(message: Any) -> None:
        if left and type(message) is left[0]:
            left.clear()
            raise Boom

    return intercept(house.ref(*path) if path else house.root, before)


def test_the_children_of_a_crashed_supervisor_go_on_and_are_still_supervised(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(SupervisorSpec("inner", house.workers("a", "b")))
        house.ref("inner", "a").tell("kept")
        crash_at(house, RestartChild, "inner")
        with pytest.raises(Boom):
            house.ref("inner").call(RestartChild("a"))
        assert await house.ref("inner", "a").ask("heard", block=False) == ["kept"]
        house.crash("inner", "a")
        assert await house.ref("inner", "a").ask("heard", block=False) == []
        assert ("ChildRestarted", "inner") in house.told()

    virtual(play(story))


@pytest.mark.parametrize("strategy", ["one_for_one", "rest_for_one", "one_for_all"])
def test_a_report_of_a_crash_that_gets_lost_leaves_no_child_suspended(
    virtual: Virtual, strategy: str
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b"), strategy=strategy)
        crash_at(house, Crashed)
        house.crash("a")
        assert house.alive() == {"a": True, "b": True}

    virtual(play(story))


def test_a_lost_report_counts_as_a_crash(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", RestartConfig(intensity=0, quarantine_retry=300.0)))
        crash_at(house, Crashed)
        house.crash("a")
        assert house.alive() == {"a": False}
        assert house.told("ChildQuarantined") == [("ChildQuarantined", "a")]

    virtual(play(story))


def test_a_restart_that_gets_lost_is_made_up_for(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", STEADY))
        house.crash("a")
        house.crash("a")
        crash_at(house, RestartDue)
        await asyncio.sleep(10)
        assert house.alive() == {"a": True}

    virtual(play(story))


def test_a_restart_that_is_still_due_is_left_alone(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", STEADY))
        house.crash("a")
        house.crash("a")
        crash_at(house, RestartChild)
        with pytest.raises(Boom):
            house.root.call(RestartChild("a"))
        assert house.alive() == {"a": False}
        await asyncio.sleep(1.1)
        assert house.alive() == {"a": True}

    virtual(play(story))


@pytest.mark.parametrize("lost", [StopDue, Stopped])
def test_a_stop_comes_to_its_end_although_a_message_about_it_gets_lost(
    virtual: Virtual, lost: type
) -> None:
    async def story(house: House) -> None:
        never: Promise[bool] = Promise()
        house.open(*house.workers("a"), house.worker("b", SHORT, shutdown_message=lambda: never))
        crash_at(house, lost)
        async with asyncio.timeout(10):
            assert await house.ask(StopChild("b")) is True
            assert await house.ask(StopAll()) is True
        assert house.alive() == {}

    virtual(play(story))


def test_reports_that_wait_for_the_supervisor_are_not_acted_on_twice(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        limits = RestartConfig(base_delay=5.0, jitter=0.0)
        house.open(SupervisorSpec("inner", house.workers("a"), restart=limits))
        for _ in range(2):
            crash_at(house, RestartChild, "inner")
            with pytest.raises(Boom):
                house.ref("inner").call(RestartChild("a"))
        assert house.alive() == {"inner": False, "inner/a": True}
        house.crash("inner", "a")
        assert house.alive()["inner/a"] is True
        house.crash("inner", "a")
        assert house.alive()["inner/a"] is False
        await asyncio.sleep(6)
        assert house.told("ChildRestarted").count(("ChildRestarted", "inner/a")) == 2
        assert house.told("ChildCrashed").count(("ChildCrashed", "inner/a")) == 2

    virtual(play(story))


def test_a_root_that_does_not_come_up_tries_again(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        plan: dict[str, BaseException] = {}
        ref = house.engine.start_from(lambda: Worker("root", house.diary, plan), is_root=True)
        plan["start"] = Boom()
        ref.tell(Boom())
        answer = ref.ask("waits", block=False)
        await asyncio.sleep(1)
        assert await answer == ["waits"]

    virtual(play(story))


def test_what_a_supervisor_does_not_understand_is_refused_and_no_crash(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a"))
        house.root.send(Poison())
        assert house.alive() == {"a": True}

    virtual(play(story))
