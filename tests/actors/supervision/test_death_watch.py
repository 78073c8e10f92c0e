"""Death watch: who watches an actor hears of its end, once, and not of restarts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Terminated
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.supervision.messages import StopChild

from ...conftest import Virtual
from .supervisor_kit import AT_ONCE, House, play


class Guard(Actor):
    """Watches whom it is told, and keeps what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def on_receive(self, message: Any) -> Any:
        match message:
            case ActorRef():
                self.watch(message)  # pyright: ignore[reportUnknownArgumentType]
            case ("let go", ref):
                self.unwatch(ref)
            case Terminated():
                self.heard.append(message)
            case _:
                pass
        return list(self.heard)


async def heard(guard: ActorRef[Guard]) -> list[Any]:
    found: list[Any] = await guard.ask("what?", block=False)
    return found


def test_a_watcher_hears_of_the_end_and_not_of_a_restart(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(house.worker("a", AT_ONCE))
        guard, watched = house.engine.start(Guard), house.ref("a")
        guard.tell(watched)
        guard.tell(watched)
        house.crash("a")
        assert await heard(guard) == []
        await house.ask(StopChild("a"))
        assert await heard(guard) == [Terminated(watched)]

    virtual(play(story))


def test_watching_a_dead_actor_answers_at_once(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        guard, watched = house.engine.start(Guard), house.engine.start(Guard)
        watched.stop()
        guard.tell(watched)
        assert await heard(guard) == [Terminated(watched)]

    virtual(play(story))


def test_who_lets_go_hears_nothing(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        guard, watched = house.engine.start(Guard), house.engine.start(Guard)
        guard.tell(watched)
        guard.tell(("let go", watched))
        guard.tell(("let go", watched))
        watched.stop()
        assert await heard(guard) == []

    virtual(play(story))


def test_a_watcher_that_dies_leaves_nothing_behind(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        letters: list[Any] = []
        engine = Engine(on_dead_letter=lambda _, message, __: letters.append(message))
        engine.attach()
        guard, watched = engine.start(Guard), engine.start(Guard)
        guard.tell(watched)
        guard.stop()
        assert watched.address.watchers == []
        watched.stop()
        assert letters == []
        engine.close()

    virtual(play(story))


def test_a_watch_survives_the_watchers_own_restart(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(*house.workers("a", "b"))
        house.ref("a").tell(house.ref("b"))
        house.crash("a")
        await house.ask(StopChild("b"))
        (told,) = await house.ref("a").ask("heard", block=False)
        assert isinstance(told, Terminated)

    virtual(play(story))


def test_an_actor_of_another_runtime_cannot_be_watched(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        other = Engine()
        other.attach()
        guard, stranger = house.engine.start(Guard), other.start(Guard)
        with pytest.raises(ValueError, match="another runtime"):
            await guard.ask(stranger, block=False)
        other.close()
        await asyncio.sleep(0)

    virtual(play(story))
