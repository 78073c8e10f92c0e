"""Children by name at run time, and every kind of failure they may have."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience.actors.supervision.messages import RestartChild, StartChild, StopChild
from hive_resilience.errors import ConfigurationError, InvalidRequestError

from ...conftest import Virtual
from .supervisor_kit import AT_ONCE, STEADY, Boom, House, play


def test_children_are_added_found_restarted_and_removed_by_name(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open()
        ref = house.add(house.worker("late"))
        assert house.ref("late") is ref
        ref.tell("before")
        assert await house.ask(RestartChild("late")) is True
        assert await ref.ask("heard", block=False) == []
        assert await house.ask(StopChild("late")) is True
        assert await house.ask(StopChild("late")) is False
        assert not ref.is_alive()
        house.add(house.worker("late"))
        assert house.alive() == {"late": True}

    virtual(play(story))


def test_a_name_that_is_taken_and_one_that_is_unknown_are_refused(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a"))
        with pytest.raises(InvalidRequestError, match="'a' runs already"):
            house.add(house.worker("a"))
        with pytest.raises(InvalidRequestError, match="there is no child 'b'; there are: a"):
            await house.ask(RestartChild("b"))
        broken: Any = "a spec"
        with pytest.raises(ConfigurationError):
            house.root.call(StartChild(broken))
        assert house.told("ChildCrashed") == []

    virtual(play(story))


@pytest.mark.parametrize("error", [Boom(), SystemExit()], ids=repr)
def test_a_constructor_that_fails_is_refused_and_crashes_nobody(
    virtual: Virtual, error: BaseException
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a"))
        spec = house.worker("b")
        house.plan["b"]["init"] = error
        with pytest.raises(InvalidRequestError, match="'b' could not be made"):
            house.add(spec)
        assert house.alive() == {"a": True}

    virtual(play(story))


def test_a_first_start_that_fails_is_tried_again_after_a_wait(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        spec = house.worker("a", STEADY)
        house.plan["a"]["start"] = Boom()
        house.open(spec)
        assert house.alive() == {"a": False}
        await asyncio.sleep(1.1)
        assert house.alive() == {"a": True}

    virtual(play(story))


@pytest.mark.parametrize("error", [Boom(), SystemExit(), GeneratorExit()], ids=repr)
@pytest.mark.parametrize("moment", ["start", "handler", "stop"])
def test_every_kind_of_failure_is_told_with_its_cause_and_harms_no_neighbour(
    virtual: Virtual, moment: str, error: BaseException
) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("neighbour", "a", restart=AT_ONCE))
        if moment == "handler":
            house.ref("a").tell(error)
        else:
            house.plan["a"][moment] = error
            await house.ask(StopChild("a") if moment == "stop" else RestartChild("a"))
        causes = [told["cause"] for kind, told in house.events if kind == "ChildCrashed"]
        assert causes == [error]
        assert house.alive()["neighbour"]
        assert "-neighbour" not in house.diary

    virtual(play(story))
