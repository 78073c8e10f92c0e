"""Where pykka's threads lose an answer, block a loop or stop the wrong actors, and ours do not."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from hive_resilience.actors import obituary
from hive_resilience.actors.actor import LoopActor
from hive_resilience.actors.engine import Engine
from hive_resilience.actors.future import Later, LoopFuture, WouldDeadlockError
from hive_resilience.actors.reference import LoopRef
from hive_resilience.actors.signals import ActorCrashedError

from .platforms import LIMIT, LoopThread, run_here, together


class Echo(LoopActor):
    """Answers with the message; raises it if it is an error, calls it if it can be called."""

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        return message() if callable(message) else message


class HostActor(pykka.ThreadingActor):
    """An actor of the application around us."""

    def on_receive(self, message: Any) -> Any:
        return message


Answers = list[LoopFuture[Any]]


def outcome(answer: LoopFuture[Any]) -> str:
    try:
        answer.get(timeout=LIMIT)
    except pykka.ActorDeadError:
        return "dead"
    return "answered"


def contest(refs: list[LoopRef[Any]], end: Callable[[LoopRef[Any]], object]) -> Answers:
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
    monkeypatch.setattr(obituary.log, "disabled", True)
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

        def ask(refs: list[LoopRef[Echo]] = refs) -> None:
            for ref in refs:
                answers.extend(ref.ask(number, block=False) for number in range(20))

        together(ask, ask, home.close)
    assert len([outcome(answer) for answer in answers]) == 20 * 2 * 100


def test_a_stop_from_each_of_many_threads_succeeds_or_comes_too_late(home: LoopThread) -> None:
    farewells: list[str] = []

    class Mortal(LoopActor):
        def on_stop(self) -> None:
            farewells.append(self.actor_urn)

    ref = home.engine.start(Mortal)
    answers: list[bool] = []
    together(*[lambda: answers.append(ref.stop(timeout=LIMIT))] * 8)
    assert any(answers)
    assert farewells == [ref.actor_urn]


# Awaiting.


async def loop_turns(until: asyncio.Future[Any]) -> int:
    """How often the loop turned while something was awaited."""
    turns = 0
    while not until.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


def test_awaiting_an_answer_does_not_block_the_engines_own_loop() -> None:
    async def main(engine: Engine) -> tuple[int, Any]:
        later: Later[str] = Later()
        ref = engine.start(Echo)
        waiting = asyncio.ensure_future(answer_of(ref, lambda: later))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        later.set("at last")
        return await loop_turns(waiting), waiting.result()

    turns, result = run_here(main)
    assert turns > 0
    assert result == "at last"


async def answer_of(ref: LoopRef[Any], message: Any) -> Any:
    return await ref.ask(message, block=False)


def test_awaiting_an_answer_does_not_block_another_loop(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()

    async def main() -> Any:
        waiting = asyncio.ensure_future(answer_of(ref, lambda: release.wait(LIMIT)))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        release.set()
        return await asyncio.wait_for(waiting, LIMIT)

    assert asyncio.run(main()) is True


def test_a_foreign_awaiter_that_was_cancelled_does_no_harm(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()

    async def main() -> Any:
        waiting = asyncio.ensure_future(answer_of(ref, lambda: release.wait(LIMIT)))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        release.set()
        return await asyncio.wait_for(answer_of(ref, "next"), LIMIT)

    assert asyncio.run(main()) == "next"


def test_an_awaiter_whose_loop_has_ended_does_not_disturb_the_engine(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()

    async def leave() -> None:
        waiting = asyncio.ensure_future(answer_of(ref, lambda: release.wait(LIMIT)))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    release.set()
    assert ref.ask("next", timeout=LIMIT) == "next"


def test_many_awaiters_of_one_answer_all_get_it(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()
    answer = ref.ask(lambda: release.wait(LIMIT), block=False)

    async def wait() -> Any:
        return await answer

    async def main() -> list[Any]:
        waiting = [asyncio.ensure_future(wait()) for _ in range(10)]
        await asyncio.sleep(0)
        release.set()
        return await asyncio.wait_for(asyncio.gather(*waiting), LIMIT)

    assert asyncio.run(main()) == [True] * 10


def test_a_derived_future_does_not_block_the_loop_that_awaits_it() -> None:
    async def main(engine: Engine) -> Any:
        first: Later[int] = Later()
        ref = engine.start(Echo)
        answers = [ref.ask(lambda: first, block=False), ref.ask(2, block=False)]
        joined = answers[0].join(answers[1]).map(sum)
        engine.loop.call_soon(first.set, 1)
        return await joined

    assert run_here(main) == 3


def test_a_join_with_pykkas_own_future_does_not_block_the_loop_that_awaits_it() -> None:
    async def main(engine: Engine) -> Any:
        release = threading.Event()
        theirs: pykka.Future[bool] = pykka.ThreadingFuture()
        theirs.set_get_hook(lambda timeout: release.wait(LIMIT))
        waiting = asyncio.ensure_future(
            wait_for(engine.start(Echo).ask(1, block=False).join(theirs))
        )
        for _ in range(10):
            await asyncio.sleep(0)
        release.set()
        return await waiting

    assert run_here(main) == [1, True]


async def wait_for(future: pykka.Future[Any]) -> Any:
    return await future


def test_a_blocking_get_on_the_engines_loop_raises_at_once() -> None:
    async def main(engine: Engine) -> str:
        later: Later[str] = Later()
        answer = engine.start(Echo).ask(lambda: later, block=False)
        with pytest.raises(WouldDeadlockError, match="await"):
            answer.get()
        with pytest.raises(WouldDeadlockError):
            answer.map(str).get(timeout=LIMIT)
        later.set("fine")
        return str(await answer)

    assert run_here(main) == "fine"


def test_a_blocking_ask_inside_a_handler_fails_instead_of_hanging(home: LoopThread) -> None:
    first, second = home.engine.start(Echo), home.engine.start(Echo)
    with pytest.raises(WouldDeadlockError):
        first.ask(lambda: second.ask("hello"), timeout=LIMIT)
    assert second.ask("alive", timeout=LIMIT) == "alive"


def test_a_blocking_ask_on_an_idle_loop_is_answered_at_once() -> None:
    async def main(engine: Engine) -> Any:
        ref = engine.start(Echo)
        return ref.ask("hello"), ref.stop(), ref.stop()

    assert run_here(main) == ("hello", True, False)


# Not every exception is an `Exception`.

GRAVE = [SystemExit(1), asyncio.CancelledError(), GeneratorExit()]


@pytest.mark.parametrize("grave", GRAVE, ids=repr)
def test_a_grave_exception_stops_only_its_actor_and_answers_the_asker(
    home: LoopThread, grave: BaseException
) -> None:
    ref, neighbour = home.engine.start(Echo), home.engine.start(Echo)
    host = HostActor.start()
    try:
        with pytest.raises(ActorCrashedError) as raised:
            ref.ask(grave, timeout=LIMIT)
        assert raised.value.__cause__ is grave
        assert not ref.is_alive()
        assert neighbour.ask("alive", timeout=LIMIT) == "alive"
        assert host.ask("alive", timeout=LIMIT) == "alive"
    finally:
        host.stop(timeout=LIMIT)


@pytest.mark.parametrize("grave", GRAVE, ids=repr)
def test_a_grave_exception_of_a_tell_reaches_on_failure(
    home: LoopThread, grave: BaseException
) -> None:
    failures: list[Any] = []
    failed = threading.Event()

    class Watched(Echo):
        def on_failure(self, *failure: Any) -> None:
            failures.append(failure[1])
            failed.set()

    ref = home.engine.start(Watched)
    ref.tell(grave)
    assert failed.wait(LIMIT)
    assert ref.actor_stopped.wait(LIMIT)
    assert failures == [grave]


def test_ctrl_c_in_a_handler_stops_the_actor_and_goes_on_to_the_host() -> None:
    async def main(engine: Engine) -> Any:
        ref, neighbour = engine.start(Echo), engine.start(Echo)
        answers = []
        with pytest.raises(KeyboardInterrupt):
            answers.append(ref.ask(KeyboardInterrupt(), block=False))
        return ref.is_alive(), neighbour.ask("alive")

    assert run_here(main) == (False, "alive")


def test_ctrl_c_in_on_start_goes_on_to_the_host() -> None:
    class Interrupted(LoopActor):
        def on_start(self) -> None:
            raise KeyboardInterrupt

    async def main(engine: Engine) -> Any:
        with pytest.raises(KeyboardInterrupt):
            engine.start(Interrupted)
        return engine.registry.get_all()

    assert run_here(main) == []


def test_ctrl_c_in_a_request_reaches_the_one_who_asked() -> None:
    async def main(engine: Engine) -> Any:
        ref = engine.start(Echo)
        with pytest.raises(KeyboardInterrupt):
            await ref.request(KeyboardInterrupt())
        return engine.start(Echo).ask("alive")

    assert run_here(main) == "alive"


def test_a_failing_on_start_reaches_on_failure(home: LoopThread) -> None:
    failures: list[Any] = []
    failed = threading.Event()

    class Stillborn(LoopActor):
        def on_start(self) -> None:
            raise RuntimeError("not today")

        def on_failure(self, *failure: Any) -> None:
            failures.append(failure[1])
            failed.set()

    ref = home.engine.start(Stillborn)
    assert failed.wait(LIMIT)
    assert ref.actor_stopped.wait(LIMIT)
    assert [str(failure) for failure in failures] == ["not today"]


# Two worlds.


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


def test_nothing_holds_an_answered_ask(home: LoopThread) -> None:
    answer = home.engine.start(Echo).ask("hello", block=False)
    answer.get(timeout=LIMIT)
    home.do(lambda: None)
    gone = weakref.ref(answer)
    del answer
    assert gone() is None
