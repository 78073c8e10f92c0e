"""Children stop one after the other, the youngest first, each with time to finish."""

from __future__ import annotations

import asyncio
from typing import Any

import pykka
import pytest

from hive_resilience import SupervisorSpec
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.future import Promise
from hive_resilience.actors.supervision.messages import StartChild, StopAll, StopChild
from hive_resilience.config import RestartConfig
from hive_resilience.errors import InvalidRequestError

from ...conftest import Virtual
from .supervisor_kit import STEADY, Boom, House, play

SHORT = RestartConfig(shutdown_timeout=2.0)


def test_all_stop_in_the_reverse_order_of_their_start(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        inner = SupervisorSpec("inner", house.workers("b", "c"))
        house.open(*house.workers("a"), inner, *house.workers("d"))
        house.written()
        assert await house.ask(StopAll()) is True
        assert house.written() == ["-d", "-c", "-b", "-a"]
        stopped = [name for _, name in house.told("ChildStopped")]
        assert stopped == ["d", "inner/c", "inner/b", "inner", "a"]
        assert house.alive() == {}

    virtual(play(story))


def test_a_supervisor_that_dies_at_once_takes_its_children_in_the_same_order(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"))
        house.written()
        house.root.kill()
        assert house.written() == ["-c", "-b", "-a"]
        assert house.told("ChildStopped") == [("ChildStopped", name) for name in "cba"]

    virtual(play(story))


def test_messages_that_came_before_the_stop_are_handled(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a"))
        ref = house.ref("a")
        answers: list[Any] = []

        def burst() -> None:
            answers.extend(ref.ask(number, block=False) for number in range(3))
            house.root.send(StopChild("a"))

        ref.tell(burst)
        assert await answers[2] == [0, 1, 2]
        with pytest.raises(pykka.ActorDeadError):
            ref.tell("too late")

    virtual(play(story))


def test_a_stop_waits_for_the_answer_to_the_farewell(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        done: Promise[bool] = Promise()
        house.open(house.worker("a", shutdown_message=lambda: done))
        stop = asyncio.ensure_future(house.ask(StopChild("a")))
        await asyncio.sleep(1)
        assert house.alive() == {"a": True}
        done.set(True)
        assert await stop is True
        assert house.alive() == {}

    virtual(play(story))


def test_a_child_that_is_never_done_has_its_timeout_and_the_next_ones_turn_comes(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        never: Promise[bool] = Promise()
        house.open(*house.workers("a"), house.worker("b", SHORT, shutdown_message=lambda: never))
        now = asyncio.get_running_loop().time
        started = now()
        assert await house.ask(StopAll()) is True
        assert now() - started == pytest.approx(2.0, abs=0.1)
        assert house.written()[-2:] == ["-b", "-a"]

    virtual(play(story))


def test_a_child_that_crashes_at_its_farewell_is_stopped_and_not_restarted(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", shutdown_message=Boom()))
        assert await house.ask(StopChild("a")) is True
        assert house.alive() == {}
        assert house.told("ChildRestarted") == []

    virtual(play(story))


def test_a_child_that_waits_for_its_restart_stops_at_once_and_answers_who_waits(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", STEADY))
        house.crash("a")
        house.crash("a")
        answer = house.ref("a").ask("waits", block=False)
        assert await house.ask(StopChild("a")) is True
        with pytest.raises(pykka.ActorDeadError):
            await answer
        await asyncio.sleep(10)
        assert house.alive() == {}

    virtual(play(story))


def test_who_asks_twice_for_a_stop_hears_of_it_twice(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        done: Promise[bool] = Promise()
        house.open(house.worker("a", shutdown_message=lambda: done))
        stops = [asyncio.ensure_future(house.ask(StopChild("a"))) for _ in range(2)]
        await asyncio.sleep(1)
        done.set(True)
        assert await asyncio.gather(*stops) == [True, True]
        assert house.told("ChildStopped") == [("ChildStopped", "a")]

    virtual(play(story))


def test_nothing_starts_or_restarts_while_all_stop(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        done: Promise[bool] = Promise()
        house.open(*house.workers("a"), house.worker("b", shutdown_message=lambda: done))
        stop = asyncio.ensure_future(house.ask(StopAll()))
        await asyncio.sleep(1)
        house.crash("a")
        with pytest.raises(InvalidRequestError, match="is stopping"):
            house.root.call(StartChild(house.worker("c")))
        assert house.alive() == {"a": False, "b": True}
        done.set(True)
        assert await stop is True

    virtual(play(story))


def test_a_sibling_that_leaves_does_not_come_back_with_the_others(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        done: Promise[bool] = Promise()
        leaves = house.worker("leaves", shutdown_message=lambda: done)
        house.open(*house.workers("a"), leaves, strategy="one_for_all")
        stop = asyncio.ensure_future(house.ask(StopChild("leaves")))
        await asyncio.sleep(1)
        house.crash("a")
        assert await stop is True
        assert house.alive() == {"a": True}

    virtual(play(story))


def test_the_end_of_an_engine_makes_no_dead_letters_of_its_own_notices(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        letters: list[Any] = []
        engine = Engine(on_dead_letter=lambda _, message, __: letters.append(message))
        engine.attach()
        other = House(engine)
        other.open(*other.workers("a", "b"))
        other.ref("a").tell(other.ref("b"))
        engine.close()
        assert other.written()[-2:] == ["-b", "-a"]
        assert letters == []

    virtual(play(story))
