"""A supervisor restarts what crashes: the one, the rest, or all; and gives up in time."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience.actors.supervision.messages import RestartChild, RestartDue
from hive_resilience.config import RestartConfig, RestartType

from ...conftest import Virtual
from .supervisor_kit import STEADY, Boom, House, of_type, play


def test_children_start_in_the_order_of_the_spec(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"))
        assert house.written() == ["+a", "+b", "+c"]
        assert house.told() == [("ChildStarted", name) for name in "abc"]

    virtual(play(story))


@pytest.mark.parametrize(
    ("strategy", "written"),
    [
        ("one_for_one", ["+b"]),
        ("rest_for_one", ["-c", "+b", "+c"]),
        ("one_for_all", ["-c", "-a", "+a", "+b", "+c"]),
    ],
)
def test_a_crash_of_the_middle_one_restarts(
    virtual: Virtual, strategy: str, written: list[str]
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"), strategy=strategy)
        house.written()
        house.crash("b")
        assert house.written() == written
        assert all(house.alive().values())

    virtual(play(story))


@pytest.mark.parametrize("strategy", ["rest_for_one", "one_for_all"])
def test_messages_of_siblings_that_restart_too_are_kept(virtual: Virtual, strategy: str) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b"), strategy=strategy, shared_intensity=STEADY)
        house.crash("a")
        house.crash("a")
        assert house.alive() == {"a": False, "b": False}
        answer = house.ref("b").ask("while away", block=False)
        await asyncio.sleep(2)
        assert await answer == ["while away"]

    virtual(play(story))


def test_two_that_crash_in_one_moment_restart_the_house_once(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"), strategy="one_for_all")
        house.written()

        def both() -> None:
            house.ref("a").send(Boom())
            house.ref("c").send(Boom())

        house.ref("b").tell(both)
        assert house.written() == ["-b", "+a", "+b", "+c"]
        assert len(house.told("ChildCrashed")) == 2

    virtual(play(story))


def test_two_that_crash_in_one_moment_count_once_where_all_wait_for_the_restart(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"), strategy="one_for_all", shared_intensity=STEADY)
        house.crash("a")

        def both() -> None:
            house.ref("a").send(Boom())
            house.ref("c").send(Boom())

        house.ref("b").tell(both)
        assert not any(house.alive().values())
        await asyncio.sleep(1.1)
        assert all(house.alive().values())

    virtual(play(story))


def test_a_child_that_is_back_keeps_nothing_of_its_crash(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a"))
        house.crash("a")
        assert house.state.child("a").cause is None

    virtual(play(story))


def test_a_start_that_fails_in_a_common_restart_makes_all_wait_and_try_again(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"), strategy="one_for_all", shared_intensity=STEADY)
        house.plan["b"]["start"] = Boom()
        house.crash("c")
        assert house.alive() == {"a": False, "b": False, "c": False}
        await asyncio.sleep(1.5)
        assert all(house.alive().values())

    virtual(play(story))


def test_under_rest_for_one_an_earlier_crash_takes_those_that_wait_with_it(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b", "c"), strategy="rest_for_one", shared_intensity=STEADY)
        house.crash("b")
        house.crash("b")
        house.written()
        house.crash("a")
        assert house.alive() == {"a": False, "b": False, "c": False}
        await asyncio.sleep(5)
        assert house.written() == ["+a", "+b", "+c"]

    virtual(play(story))


@pytest.mark.parametrize(
    ("kind", "crashed", "stopped"),
    [
        (RestartType.PERMANENT, True, True),
        (RestartType.TRANSIENT, True, False),
        (RestartType.TEMPORARY, False, False),
    ],
)
def test_who_comes_back_after_a_crash_and_after_a_stop_of_its_own(
    virtual: Virtual, kind: RestartType, crashed: bool, stopped: bool
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("crashes", "stops", restart=of_type(kind)))
        first, second = house.ref("crashes"), house.ref("stops")
        first.tell(Boom())
        second.stop()
        assert house.alive() == {
            name: True for name, back in (("crashes", crashed), ("stops", stopped)) if back
        }
        assert (first.is_alive(), second.is_alive()) == (crashed, stopped)

    virtual(play(story))


def test_a_temporary_child_that_crashes_is_told_of_with_its_cause(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", of_type(RestartType.TEMPORARY)))
        house.crash("a")
        kind, told = house.events[-1]
        assert (kind, type(told["cause"])) == ("ChildStopped", Boom)

    virtual(play(story))


def test_a_temporary_sibling_is_not_brought_back_with_the_others(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        guest = house.worker("guest", of_type(RestartType.TEMPORARY))
        house.open(*house.workers("a"), guest, strategy="one_for_all")
        house.crash("a")
        assert house.alive() == {"a": True}

    virtual(play(story))


def test_delays_grow_and_the_count_of_restarts_too(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", STEADY))
        for wait in (0.0, 1.0, 2.0, 4.0):
            house.crash("a")
            await asyncio.sleep(max(0.0, wait - 0.1))
            assert house.alive()["a"] is (wait == 0.0)
            await asyncio.sleep(0.2)
            assert house.alive()["a"]
        assert house.state.child("a").restarts == 4

    virtual(play(story))


def test_quarantine_has_one_trial_each_time_and_ends_by_hand(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        limits = RestartConfig(intensity=0, quarantine_retry=300.0)
        house.open(house.worker("a", limits), house.worker("b", limits))
        house.written()
        house.crash("a")
        await asyncio.sleep(299)
        assert house.written() == []
        house.plan["a"]["start"] = Boom()
        await asyncio.sleep(2)
        assert house.alive() == {"a": False, "b": True}
        await asyncio.sleep(300)
        assert house.written() == ["+a"]
        house.crash("a")
        assert await house.ask(RestartChild("a")) is True
        assert house.alive()["a"]
        assert house.told("ChildQuarantined") == [("ChildQuarantined", "a")] * 3

    virtual(play(story))


def test_a_clock_that_rings_early_starts_no_trial_before_its_time(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        limits = RestartConfig(intensity=0, quarantine_retry=300.0)
        house.open(house.worker("a", limits))
        house.crash("a")
        await asyncio.sleep(100)
        house.root.send(RestartDue("a"))
        assert house.alive() == {"a": False}
        await asyncio.sleep(201)
        assert house.alive() == {"a": True}

    virtual(play(story))
