"""A child that may come back at once does so before its supervisor hears of the crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from hive_resilience.actors.engine.signals import Crashed
from hive_resilience.actors.supervision.messages import StopAll, StopChild
from hive_resilience.config import RestartConfig, RestartType
from hive_resilience.testing import intercept

from ...conftest import Virtual
from .supervisor_kit import AT_ONCE, Boom, House, of_type, play

LATER = RestartConfig(base_delay=5.0, jitter=0.0, period=60.0)


def _refuse_once() -> Callable[[Any], None]:
    """Crashes whoever hears of a crash, once."""
    left = [Boom()]

    def hear(message: Any) -> None:
        if isinstance(message, Crashed) and left:
            raise left.pop()

    return hear


def kinds(house: House) -> list[str]:
    """The events so far; what is still to be told is not asked for."""
    return [kind for kind, _ in house.so_far]


def test_the_next_answer_waits_for_no_report(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a"))
        house.crash("a")
        assert await house.ref("a").ask("next", block=False) == ["next"]
        assert kinds(house) == ["ChildStarted"]
        await asyncio.sleep(0)
        assert kinds(house) == ["ChildStarted", "ChildCrashed", "ChildRestarted"]

    virtual(play(story))


def test_the_crash_is_logged_when_the_loop_turns(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a"))
        with caplog.at_level(logging.ERROR):
            answer = house.ref("a").ask(Boom(), block=False)
            assert not caplog.records
            await asyncio.sleep(0)
        with pytest.raises(Boom):
            await answer
        assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [Boom]
        assert "on_receive" in caplog.text

    virtual(play(story))


def test_a_crash_is_reported_before_the_end_of_the_engine(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a"))
        house.crash("a")
        house.engine.close()
        assert "ChildCrashed" in kinds(house)
        assert "Boom" in caplog.text

    virtual(play(story))


def test_a_second_crash_in_a_row_waits_for_its_supervisor(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", LATER))
        house.crash("a")
        house.crash("a")
        assert house.alive() == {"a": False}
        assert house.told("ChildCrashed", "ChildRestarted") == [
            ("ChildCrashed", "a"),
            ("ChildRestarted", "a"),
            ("ChildCrashed", "a"),
        ]
        await asyncio.sleep(5.1)
        assert house.alive() == {"a": True}

    virtual(play(story))


def test_after_a_calm_period_it_may_come_back_again(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", LATER))
        for _ in range(3):
            house.crash("a")
            assert house.ref("a").address.actor is not None
            await asyncio.sleep(60.0)
        assert house.state.child("a").restarts == 3

    virtual(play(story))


def test_a_report_that_was_lost_with_the_supervisor_only_makes_the_next_one_slower(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a"))
        intercept(house.root, _refuse_once())
        house.crash("a")
        assert house.told("ChildCrashed", "ChildRestarted") == []
        assert house.alive() == {"a": True}
        house.crash("a")
        assert house.alive() == {"a": True}
        assert house.told("ChildRestarted") == [("ChildRestarted", "a")]

    virtual(play(story))


@pytest.mark.parametrize(
    ("restart", "back"),
    [
        (of_type(RestartType.PERMANENT), True),
        (of_type(RestartType.TRANSIENT), True),
        (of_type(RestartType.TEMPORARY), False),
        (RestartConfig(intensity=0), False),
    ],
)
def test_who_may_come_back_without_being_asked(
    virtual: Virtual, restart: RestartConfig, back: bool
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", restart))
        house.crash("a")
        assert ("ChildRestarted" in [kind for kind, _ in house.events]) is back

    virtual(play(story))


@pytest.mark.parametrize("stop", [StopChild("a"), StopAll()], ids=["it", "all"])
def test_nobody_comes_back_who_has_been_told_to_stop(
    virtual: Virtual, stop: StopChild | StopAll
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", AT_ONCE))
        ref = house.ref("a")
        answers: list[Any] = []

        def burst() -> None:
            answers.extend(ref.ask(what, block=False) for what in (Boom(), "never handled"))
            house.root.send(stop)

        ref.tell(burst)
        await asyncio.sleep(0)
        assert house.written() == ["+a"]
        for answer, error in zip(answers, (Boom, pykka.ActorDeadError), strict=True):
            with pytest.raises(error):
                await answer

    virtual(play(story))


def test_it_crashed_before_it_stopped(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a"))
        house.crash("a")
        await house.ask(StopChild("a"))
        assert kinds(house)[-3:] == ["ChildCrashed", "ChildRestarted", "ChildStopped"]

    virtual(play(story))
