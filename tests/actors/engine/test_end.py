"""The engine's end: nobody waits for ever, nothing is kept, late senders are told."""

from __future__ import annotations

import asyncio
from typing import Any

import pykka
import pytest

from hive_resilience.actors.engine import future
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.policies.outcomes.errors import RuntimeClosedError

from .guest import Guest
from .platforms import LIMIT, LoopThread, run_here, together

# Closing.


def test_close_stops_the_youngest_first_and_runs_each_on_stop() -> None:
    book: list[str] = []

    async def main(engine: Engine) -> None:
        for name in ("a", "rude", "c"):
            engine.start(Guest, book, name)

    run_here(main)
    assert book == ["c", "rude", "a"]


def test_close_answers_what_waits_and_what_comes_later(home: LoopThread) -> None:
    ref = home.engine.start(Guest)
    home.do(home.engine.close)
    late = ref.ask("late", block=False)
    with pytest.raises(pykka.ActorDeadError):
        late.get(timeout=LIMIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("late")
    assert ref.stop(timeout=LIMIT) is False
    assert home.engine.closed


def test_close_in_the_middle_of_a_backlog_answers_all_of_it() -> None:
    async def main(engine: Engine) -> list[Any]:
        ref = engine.start(Guest)
        answers: list[Any] = []
        ref.tell(lambda: answers.extend(ref.ask(n, block=False) for n in range(2000)))
        engine.close()
        return answers

    answers = run_here(main)
    assert len(answers) == 2000
    assert all(answer.settled for answer in answers)


def test_a_request_to_a_closed_engine_fails() -> None:
    async def main(engine: Engine) -> None:
        ref = engine.start(Guest)
        engine.close()
        with pytest.raises(pykka.ActorDeadError):
            await ref.request("late")

    run_here(main)


def test_closing_twice_is_harmless() -> None:
    book: list[str] = []

    async def main(engine: Engine) -> None:
        engine.start(Guest, book, "once")
        engine.close()
        engine.close()

    run_here(main)
    assert book == ["once"]


def test_a_closed_engine_starts_no_actor(home: LoopThread) -> None:
    home.do(home.engine.close)
    with pytest.raises(RuntimeClosedError, match="closed"):
        home.engine.start(Guest)
    with pytest.raises(RuntimeClosedError):
        home.do(lambda: home.engine.start(Guest))
    assert home.engine.registry.get_all() == []


def test_a_timer_that_fires_after_the_close_is_a_dead_letter() -> None:
    letters: list[Any] = []

    async def main() -> None:
        engine = Engine(on_dead_letter=lambda _, message, reason: letters.append(message))
        engine.attach()
        engine.after(0, engine.start(Guest).address, "late")
        engine.close()
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(main())
    assert letters == ["late"]


def test_an_actor_that_stops_itself_in_its_constructor_is_not_registered() -> None:
    class Shy(Actor):
        def __init__(self) -> None:
            super().__init__()
            self.stop()

    async def main(engine: Engine) -> list[Any]:
        ref = engine.start(Shy)
        assert not ref.is_alive()
        return list(engine.registry.get_all())

    assert run_here(main) == []


# A host that closes the loop and not the engine.


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blocked reader looks after the loop much more often than it would."""
    monkeypatch.setattr(future, "LOOK", 0.02)


def test_asks_after_the_host_has_closed_the_loop_are_answered(home: LoopThread) -> None:
    ref = home.engine.start(Guest)
    home.end_loop()
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("late", timeout=LIMIT)
    assert home.engine.closed


@pytest.mark.usefixtures("watchful")
def test_an_ask_under_way_when_the_host_closes_the_loop_is_answered(home: LoopThread) -> None:
    ref = home.engine.start(Guest)
    answer = home.do(lambda: lost_ask(home.loop, ref))
    home.thread.join(LIMIT)
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=LIMIT)


def test_the_next_sender_finds_out_that_the_loop_is_closed(home: LoopThread) -> None:
    ref = home.engine.start(Guest)
    lost = home.do(lambda: lost_ask(home.loop, ref))
    home.thread.join(LIMIT)
    assert not lost.settled
    assert ref.ask("next", block=False).settled
    assert lost.settled


def lost_ask(loop: asyncio.AbstractEventLoop, ref: ActorRef[Any]) -> Any:
    """An ask from another thread, whose wake-up comes too late for the loop's last turn."""
    loop.stop()
    answers: list[Any] = []
    together(lambda: answers.append(ref.ask("lost", block=False)))
    return answers[0]


@pytest.mark.usefixtures("watchful")
def test_threads_that_ask_while_the_host_closes_the_loop_do_not_hang() -> None:
    for _ in range(10):
        home = LoopThread()
        refs = [home.engine.start(Guest) for _ in range(3)]
        outcomes: list[str] = []

        def ask(refs: list[ActorRef[Guest]] = refs, outcomes: list[str] = outcomes) -> None:
            for number in range(60):
                try:
                    refs[number % 3].ask(number, timeout=LIMIT)
                    outcomes.append("answered")
                except pykka.ActorDeadError:
                    outcomes.append("dead")

        together(ask, ask, ask, home.end_loop)
        assert len(outcomes) == 180
