"""What the tests of the engine's run queue share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.reference import ActorRef

from .platforms import LIMIT, in_turn


class Diary(Actor):
    """Keeps each message in a list of the test; calls it instead if it can be called."""

    def __init__(self, told: list[Any]) -> None:
        super().__init__()
        self.told = told

    def on_receive(self, message: Any) -> Any:
        if callable(message):
            return message()
        self.told.append(message)
        return message


def hold(ref: ActorRef[Any]) -> threading.Event:
    """Keep the loop in a handler of `ref` until the event is set."""
    entered, release = threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        release.wait(LIMIT)

    ref.tell(wait)
    assert entered.wait(LIMIT)
    return release


def tell_all(ref: ActorRef[Any], messages: Iterable[Any]) -> Callable[[], None]:
    return in_turn(*[partial(ref.tell, message) for message in messages])
