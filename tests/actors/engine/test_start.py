"""How actors are made, and that nothing keeps them when they are gone."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pykka
import pytest

from hive_resilience.actors.engine import death_watch
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.reference import ActorRef

from .guest import Guest
from .platforms import LIMIT, LoopThread, in_turn, run_here, together


def test_nothing_keeps_a_stopped_actor(home: LoopThread) -> None:
    ref = home.engine.start(Guest)
    ref.ask("hello", timeout=LIMIT)
    assert ref.address.actor is not None
    actor = weakref.ref(ref.address.actor)
    ref.stop(timeout=LIMIT)
    home.do(lambda: None)
    gc.collect()
    assert actor() is None


def test_nothing_keeps_the_actors_of_a_closed_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(death_watch.log, "disabled", True)  # pytest keeps what is logged
    born: list[weakref.ref[Guest]] = []

    class Busy(Guest):
        def on_start(self) -> None:
            self.actor_ref.tell("hello")
            born.append(weakref.ref(self))

    async def main(engine: Engine) -> None:
        refs = [engine.start(Busy) for _ in range(10)]
        refs[0].tell(lambda: 1 // 0)
        await refs[1].request("hello")

    run_here(main)
    gc.collect()
    assert [actor() for actor in born] == [None] * 10


def test_nothing_keeps_a_closed_engine() -> None:
    async def main(engine: Engine) -> Any:
        engine.start(Guest).tell("hello")
        return weakref.ref(engine)

    engine = run_here(main)
    gc.collect()
    assert engine() is None


def test_an_actor_starts_through_an_engine_only() -> None:
    with pytest.raises(RuntimeError, match=r"engine\.start\(Guest"):
        Guest.start()
    with pytest.raises(RuntimeError, match=r"engine\.start"):
        Guest()


def test_an_actor_made_by_hand_in_anothers_constructor_is_refused(home: LoopThread) -> None:
    class Thief(Actor):
        def __init__(self) -> None:
            super().__init__()
            self.loot = Guest()

    with pytest.raises(RuntimeError, match=r"engine\.start"):
        home.engine.start(Thief)


def test_an_actor_may_start_others_in_its_constructor(home: LoopThread) -> None:
    class Parent(Actor):
        def __init__(self, engine: Engine) -> None:
            self.child = engine.start(Guest)
            super().__init__()

        def on_receive(self, message: Any) -> Any:
            return self.child, self.actor_ref

    ref = home.engine.start(Parent, home.engine)
    child, parent = ref.ask("who?", timeout=LIMIT)
    assert parent is ref
    assert child.actor_class is Guest
    assert child.ask("hello", timeout=LIMIT) == "hello"


def test_actors_started_in_many_threads_at_once_do_not_mix(home: LoopThread) -> None:
    refs: list[ActorRef[Guest]] = []
    together(*[lambda: refs.extend(home.engine.start(Guest) for _ in range(50))] * 4)
    assert len({ref.actor_urn for ref in refs}) == 200
    assert all(ref.ask(ref.actor_urn, timeout=LIMIT) == ref.actor_urn for ref in refs)


def test_an_engine_without_a_loop_says_so() -> None:
    with pytest.raises(RuntimeError, match="not attached"):
        _ = Engine().loop


def test_a_blocking_wait_for_an_engines_thread_is_released_by_its_close(home: LoopThread) -> None:
    entered, release = threading.Event(), threading.Event()
    ref = home.engine.start(Guest)
    ref.tell(in_turn(entered.set, lambda: release.wait(LIMIT), home.engine.close))
    assert entered.wait(LIMIT)
    answer = ref.ask("waiting", block=False)
    release.set()
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=LIMIT)
