"""Where pykka's threads lose an answer or hang, and ours do not: asks that race with an end."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from hive_resilience.actors.engine import death_watch
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.future import LoopFuture
from hive_resilience.actors.engine.reference import ActorRef

from .echo import Echo
from .platforms import LIMIT, LoopThread, together

Answers = list[LoopFuture[Any]]


def outcome(answer: LoopFuture[Any]) -> str:
    try:
        answer.get(timeout=LIMIT)
    except pykka.ActorDeadError:
        return "dead"
    return "answered"


def contest(refs: list[ActorRef[Any]], end: Callable[[ActorRef[Any]], object]) -> Answers:
    """Three threads ask each actor while a fourth ends it; what the askers got."""
    answers: Answers = []
    rounds = threading.Barrier(4)

    def ask() -> None:
        for ref in refs:
            rounds.wait(LIMIT)
            answers.extend(ref.ask(number, block=False) for number in range(4))

    def stop() -> None:
        for ref in refs:
            rounds.wait(LIMIT)
            end(ref)

    together(ask, ask, ask, stop)
    return answers


def test_every_ask_that_races_with_a_stop_is_answered(home: LoopThread) -> None:
    refs = [home.engine.start(Echo) for _ in range(1000)]
    answers = contest(refs, lambda ref: ref.stop(block=False))
    outcomes = [outcome(answer) for answer in answers]
    assert len(outcomes) == 12_000
    assert set(outcomes) == {"answered", "dead"}
    assert all(ref.actor_stopped.wait(LIMIT) for ref in refs)


def test_every_ask_that_races_with_a_crash_is_answered(
    home: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(death_watch.log, "disabled", True)
    refs = [home.engine.start(Echo) for _ in range(300)]
    answers = contest(refs, lambda ref: ref.tell(ZeroDivisionError()))
    assert len([outcome(answer) for answer in answers]) == 3600
    assert all(ref.actor_stopped.wait(LIMIT) for ref in refs)


def test_blocking_asks_that_race_with_a_stop_return(home: LoopThread) -> None:
    refs = [home.engine.start(Echo) for _ in range(200)]
    outcomes: list[str] = []

    def ask() -> None:
        for ref in refs:
            try:
                outcomes.append(ref.ask("answered", timeout=LIMIT))
            except pykka.ActorDeadError:
                outcomes.append("dead")

    def stop() -> None:
        for ref in refs:
            ref.stop(timeout=LIMIT)

    together(ask, ask, stop)
    assert len(outcomes) == 400


def test_every_ask_that_races_with_the_engines_close_is_answered() -> None:
    answers: Answers = []
    for _ in range(20):
        home = LoopThread()
        refs = [home.engine.start(Echo) for _ in range(5)]

        def ask(refs: list[ActorRef[Echo]] = refs) -> None:
            for ref in refs:
                answers.extend(ref.ask(number, block=False) for number in range(20))

        together(ask, ask, home.close)
    assert len([outcome(answer) for answer in answers]) == 20 * 2 * 100


def test_a_stop_from_each_of_many_threads_succeeds_or_comes_too_late(home: LoopThread) -> None:
    farewells: list[str] = []

    class Mortal(Actor):
        def on_stop(self) -> None:
            farewells.append(self.actor_urn)

    ref = home.engine.start(Mortal)
    answers: list[bool] = []
    together(*[lambda: answers.append(ref.stop(timeout=LIMIT))] * 8)
    assert any(answers)
    assert farewells == [ref.actor_urn]


def test_nothing_holds_an_answered_ask(home: LoopThread) -> None:
    answer = home.engine.start(Echo).ask("hello", block=False)
    answer.get(timeout=LIMIT)
    home.do(lambda: None)
    gone = weakref.ref(answer)
    del answer
    assert gone() is None
