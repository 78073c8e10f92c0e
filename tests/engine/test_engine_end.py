"""The engine's end: nobody waits for ever, nothing is kept, late senders are told."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import pykka
import pytest

from hive_resilience.actors import future, obituary
from hive_resilience.actors.actor import LoopActor
from hive_resilience.actors.engine import Engine
from hive_resilience.actors.policies.errors import RuntimeClosedError
from hive_resilience.actors.reference import LoopRef

from .platforms import LIMIT, LoopThread, in_turn, run_here, together


class Guest(LoopActor):
    """Signs the test's book when it leaves; can be told to call something."""

    def __init__(self, book: list[str] | None = None, name: str = "") -> None:
        super().__init__()
        self.book = book
        self.name = name

    def on_stop(self) -> None:
        if self.book is not None:
            self.book.append(self.name)
        if self.name == "rude":
            raise SystemExit

    def on_receive(self, message: Any) -> Any:
        return message() if callable(message) else message


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
        engine.after(0, engine.start(Guest).mailbox, "late")
        engine.close()
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(main())
    assert letters == ["late"]


def test_an_actor_that_stops_itself_in_its_constructor_is_not_registered() -> None:
    class Shy(LoopActor):
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


def lost_ask(loop: asyncio.AbstractEventLoop, ref: LoopRef[Any]) -> Any:
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

        def ask(refs: list[LoopRef[Guest]] = refs, outcomes: list[str] = outcomes) -> None:
            for number in range(60):
                try:
                    refs[number % 3].ask(number, timeout=LIMIT)
                    outcomes.append("answered")
                except pykka.ActorDeadError:
                    outcomes.append("dead")

        together(ask, ask, ask, home.end_loop)
        assert len(outcomes) == 180


# Dead letters.


def test_dead_letters_are_reported_with_their_reason() -> None:
    letters: list[tuple[str, Any, str]] = []

    async def main() -> str:
        engine = Engine(
            on_dead_letter=lambda mailbox, message, reason: letters.append(
                (mailbox.urn, message, reason)
            )
        )
        engine.attach()
        ref = engine.start(Guest)
        ref.tell(
            in_turn(
                lambda: ref.stop(block=False),
                lambda: ref.tell("told"),
                lambda: ref.ask("asked", block=False),
            )
        )
        engine.close()
        return ref.actor_urn

    urn = asyncio.run(main())
    reason = "the actor is dead"
    assert letters == [(urn, "told", reason), (urn, "asked", reason)]


def test_a_listener_of_dead_letters_that_fails_is_contained(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken listener")

    async def main() -> Any:
        engine = Engine(on_dead_letter=fail)
        engine.attach()
        first, second = engine.start(Guest), engine.start(Guest)
        answers: list[Any] = []
        first.tell(
            in_turn(
                lambda: first.stop(block=False),
                lambda: first.tell("lost"),
                lambda: answers.append(second.ask("kept", block=False)),
            )
        )
        await asyncio.sleep(0)
        engine.close()
        return answers[0].get()

    assert asyncio.run(main()) == "kept"
    assert "broken listener" in caplog.text


# Tasks.


def test_a_spawned_task_runs_on_the_loop() -> None:
    async def main(engine: Engine) -> str:
        done: asyncio.Future[str] = engine.loop.create_future()

        async def work() -> None:
            task = asyncio.current_task()
            done.set_result(task.get_name() if task else "")

        engine.spawn(work(), name="work")
        return await done

    assert run_here(main) == "work"


async def forever(signs: list[str]) -> None:
    try:
        signs.append("began")
        await asyncio.Event().wait()
    finally:
        signs.append("ended")


def test_end_tasks_cancels_and_waits() -> None:
    async def main(engine: Engine) -> tuple[int, list[str]]:
        signs: list[str] = []
        engine.spawn(forever(signs), name="work")
        while not signs:
            await asyncio.sleep(0)
        return await engine.tasks.end(grace=LIMIT), signs

    assert run_here(main) == (0, ["began", "ended"])


def test_end_tasks_counts_those_that_will_not_end() -> None:
    async def main(engine: Engine) -> int:
        began, release = asyncio.Event(), asyncio.Event()

        async def stubborn() -> None:
            while not release.is_set():
                began.set()
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

        engine.spawn(stubborn(), name="stubborn")
        await began.wait()
        left = await engine.tasks.end(grace=0)
        release.set()
        return left

    assert run_here(main) == 1


def test_end_tasks_without_tasks_has_none_left() -> None:
    async def main(engine: Engine) -> int:
        return await engine.tasks.end(grace=LIMIT)

    assert run_here(main) == 0


def test_close_cancels_the_tasks_that_are_left() -> None:
    async def main(engine: Engine) -> list[str]:
        signs: list[str] = []
        engine.spawn(forever(signs), name="work")
        while not signs:
            await asyncio.sleep(0)
        engine.close()
        for _ in range(3):
            await asyncio.sleep(0)
        return list(signs)

    assert run_here(main) == ["began", "ended"]


def test_a_task_spawned_too_late_never_begins_and_warns_nobody() -> None:
    async def main(engine: Engine) -> list[str]:
        signs: list[str] = []
        engine.spawn(forever(signs), name="before")
        engine.close()
        engine.spawn(forever(signs), name="after")
        for _ in range(3):
            await asyncio.sleep(0)
        return signs

    assert run_here(main) == []


# Memory.


def test_nothing_keeps_a_stopped_actor(home: LoopThread) -> None:
    ref = home.engine.start(Guest)
    actor = ref._actor_weakref
    ref.ask("hello", timeout=LIMIT)
    ref.stop(timeout=LIMIT)
    home.do(lambda: None)
    gc.collect()
    assert actor() is None


def test_nothing_keeps_the_actors_of_a_closed_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obituary.log, "disabled", True)  # pytest keeps what is logged

    class Busy(Guest):
        def on_start(self) -> None:
            self.actor_ref.tell("hello")
            self.me = weakref.ref(self)

    async def main(engine: Engine) -> list[Any]:
        refs = [engine.start(Busy) for _ in range(10)]
        refs[0].tell(lambda: 1 // 0)
        await refs[1].request("hello")
        return [ref._actor_weakref for ref in refs]

    actors = run_here(main)
    gc.collect()
    assert [actor() for actor in actors] == [None] * 10


def test_nothing_keeps_a_closed_engine() -> None:
    async def main(engine: Engine) -> Any:
        engine.start(Guest).tell("hello")
        return weakref.ref(engine)

    engine = run_here(main)
    gc.collect()
    assert engine() is None


# How actors are made.


def test_an_actor_starts_through_an_engine_only() -> None:
    with pytest.raises(RuntimeError, match=r"engine\.start\(Guest"):
        Guest.start()
    with pytest.raises(RuntimeError, match=r"engine\.start"):
        Guest()


def test_an_actor_made_by_hand_in_anothers_constructor_is_refused(home: LoopThread) -> None:
    class Thief(LoopActor):
        def __init__(self) -> None:
            super().__init__()
            self.loot = Guest()

    with pytest.raises(RuntimeError, match=r"engine\.start"):
        home.engine.start(Thief)


def test_an_actor_may_start_others_in_its_constructor(home: LoopThread) -> None:
    class Parent(LoopActor):
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
    refs: list[LoopRef[Guest]] = []
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
