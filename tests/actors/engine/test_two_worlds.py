"""Our actors, the application's own on pykka's threads, and those of another engine."""

from __future__ import annotations

from typing import Any

import pykka

from .echo import Echo, HostActor
from .platforms import LIMIT, LoopThread


def test_pykkas_registry_knows_none_of_our_actors_and_stops_none(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    host = HostActor.start()
    assert pykka.ActorRegistry.get_all() == [host]
    assert pykka.ActorRegistry.stop_all(timeout=LIMIT) == [True]
    assert ref.ask("alive", timeout=LIMIT) == "alive"


def test_our_registry_knows_none_of_pykkas_actors_and_stops_none(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    host = HostActor.start()
    try:
        assert home.engine.registry.get_all() == [ref]
        assert home.engine.registry.stop_all(timeout=LIMIT) == [True]
        assert host.ask("alive", timeout=LIMIT) == "alive"
    finally:
        host.stop(timeout=LIMIT)


def test_two_engines_know_nothing_of_each_other(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    other = LoopThread()
    other.engine.start(Echo)
    other.close()
    assert home.engine.registry.get_all() == [ref]
    assert ref.ask("alive", timeout=LIMIT) == "alive"


def test_their_actors_can_ask_ours_and_ours_tell_theirs(home: LoopThread) -> None:
    ref = home.engine.start(Echo)

    class Asker(pykka.ThreadingActor):
        def on_receive(self, message: Any) -> Any:
            return ref.ask(message, timeout=LIMIT)

    host = Asker.start()
    try:
        assert host.ask("through both", timeout=LIMIT) == "through both"
        assert ref.ask(lambda: host.tell("back"), timeout=LIMIT) is None
    finally:
        host.stop(timeout=LIMIT)
