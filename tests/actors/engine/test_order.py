"""The engine's run queue: the order of messages, and that handlers never run inside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.engine.run_queue import PASS

from .engine_kit import Diary, tell_all
from .platforms import LIMIT, LoopThread, run_here, together


def test_each_senders_messages_keep_their_order(home: LoopThread) -> None:
    told: list[tuple[int, int]] = []
    ref = home.engine.start(Diary, told)

    def send(sender: int) -> Callable[[], None]:
        return tell_all(ref, [(sender, number) for number in range(500)])

    together(*[send(sender) for sender in range(4)])
    ref.ask("end", timeout=LIMIT)
    for sender in range(4):
        numbers = [message[1] for message in told if message[0] == sender]
        assert numbers == list(range(500))


def test_a_message_told_on_the_idle_loop_is_handled_before_tell_returns() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        engine.start(Diary, told).tell("now")
        return list(told)

    assert run_here(main) == ["now"]


def test_a_handler_ends_before_the_message_it_told_begins() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        first, second = engine.start(Diary, told), engine.start(Diary, told)

        def handle() -> None:
            for number, ref in enumerate((first, second, first)):
                ref.tell(number)
            told.append("end of handler")

        first.tell(handle)
        return told

    assert run_here(main) == ["end of handler", 0, 1, 2]


def test_a_message_told_on_the_loop_overtakes_none_that_wait() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        ref = engine.start(Diary, told)
        ref.tell(tell_all(ref, range(2 * PASS)))
        ref.tell("last")
        while "last" not in told:
            await asyncio.sleep(0)
        return told

    assert run_here(main) == [*range(2 * PASS), "last"]


class Nested(Actor):
    """Sees whether its handlers or hooks are called inside another's."""

    depth = 0
    deepest = 0

    def __init__(self, left: int = 0) -> None:
        super().__init__()
        self.left = left
        self.other: ActorRef[Any] = self.actor_ref

    def inside(self, work: Callable[[], None]) -> None:
        Nested.depth += 1
        Nested.deepest = max(Nested.deepest, Nested.depth)
        work()
        Nested.depth -= 1

    def send(self) -> None:
        self.left -= 1
        if self.left >= 0 and self.other.is_alive():
            self.other.tell("go")
            self.other.send("go")

    def on_start(self) -> None:
        self.inside(self.send)

    def on_receive(self, message: Any) -> None:
        if isinstance(message, ActorRef):
            self.other = message
        self.inside(self.send)

    def on_stop(self) -> None:
        self.inside(self.send)


@pytest.fixture
def nested(monkeypatch: pytest.MonkeyPatch) -> type[Nested]:
    monkeypatch.setattr(Nested, "depth", 0)
    monkeypatch.setattr(Nested, "deepest", 0)
    return Nested


def test_handlers_never_run_inside_each_other(nested: type[Nested]) -> None:
    async def main(engine: Engine) -> None:
        first, second = engine.start(Nested, 9), engine.start(Nested, 9)
        second.tell(first)
        first.tell(second)
        await second.request("go")
        first.stop(block=False)

    run_here(main)
    assert (nested.depth, nested.deepest) == (0, 1)


def test_the_end_of_the_engine_runs_no_handler_inside_an_on_stop() -> None:
    told: list[Any] = []

    class Farewell(Actor):
        def __init__(self, to: ActorRef[Any]) -> None:
            super().__init__()
            self.to = to

        def on_stop(self) -> None:
            self.to.tell("farewell")
            told.append("end of on_stop")

    async def main(engine: Engine) -> None:
        engine.start(Farewell, engine.start(Diary, told))

    run_here(main)
    assert told == ["end of on_stop"]
