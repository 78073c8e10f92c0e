"""Telling and asking, as pykka documents them, on pykka's threads and on the engine."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

import pykka
import pytest

from .platforms import LIMIT, Behaviour, Platform


class Diary(Behaviour):
    """Keeps what it is told; answers, fails or waits when asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []
        self.threads: set[int] = set()

    def on_receive(self, message: Any) -> Any:
        self.threads.add(threading.get_ident())
        match message:
            case "read":
                return list(self.told)
            case "where":
                return self.threads
            case BaseException():
                raise message
            case threading.Event():
                return message.wait(LIMIT)
            case _:
                self.told.append(message)
                return message


class Witness(Diary):
    """A diary that reports its failures to the test."""

    def __init__(self, failures: list[Any], failed: threading.Event) -> None:
        super().__init__()
        self.failures = failures
        self.failed = failed

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.failures.append((exception_type, exception_value, traceback))
        self.failed.set()


def test_an_ask_returns_what_the_actor_answers(platform: Platform) -> None:
    assert platform.start(Diary).ask("hello", timeout=LIMIT) == "hello"


def test_an_ask_that_does_not_block_returns_a_future_of_the_answer(platform: Platform) -> None:
    answer = platform.start(Diary).ask("hello", block=False)
    assert isinstance(answer, platform.future)
    assert answer.get(timeout=LIMIT) == "hello"


def test_an_answer_of_none_is_an_answer(platform: Platform) -> None:
    class Silent(Behaviour):
        def on_receive(self, message: Any) -> None: ...

    assert platform.start(Silent).ask("hello", timeout=LIMIT) is None


def test_a_tell_returns_none_and_the_message_arrives(platform: Platform) -> None:
    ref = platform.start(Diary)
    ref.tell("one")
    assert ref.ask("read", timeout=LIMIT) == ["one"]


def test_messages_of_one_sender_are_handled_in_their_order(platform: Platform) -> None:
    ref = platform.start(Diary)
    for number in range(200):
        ref.tell(number)
    assert ref.ask("read", timeout=LIMIT) == list(range(200))


def test_messages_are_the_same_objects_and_of_any_type(platform: Platform) -> None:
    message = object()
    assert platform.start(Diary).ask(message, timeout=LIMIT) is message


def test_handlers_do_not_run_in_the_asking_thread(platform: Platform) -> None:
    threads: Any = platform.start(Diary).ask("where", timeout=LIMIT)
    assert threads
    assert threading.get_ident() not in threads


def test_an_ask_that_takes_too_long_times_out_and_the_actor_lives_on(platform: Platform) -> None:
    ref = platform.start(Diary)
    release = threading.Event()
    blocked = ref.ask(release, block=False)
    with pytest.raises(pykka.Timeout):
        ref.ask("late", timeout=0.01)
    release.set()
    assert blocked.get(timeout=LIMIT) is True
    assert ref.ask("read", timeout=LIMIT) == ["late"]


def test_an_exception_goes_to_the_asker_and_the_actor_lives_on(platform: Platform) -> None:
    failures: list[Any] = []
    ref = platform.start(Witness, failures, threading.Event())
    error = KeyError("no")
    with pytest.raises(KeyError) as raised:
        ref.ask(error, timeout=LIMIT)
    assert raised.value is error
    assert ref.ask("alive?", timeout=LIMIT) == "alive?"
    assert failures == []


def test_an_askers_exception_names_the_line_that_raised_it(platform: Platform) -> None:
    with pytest.raises(ValueError, match="here") as raised:
        platform.start(Diary).ask(ValueError("here"), timeout=LIMIT)
    assert raised.traceback[-1].name == "on_receive"


def test_a_told_message_that_fails_reaches_on_failure(platform: Platform) -> None:
    failures: list[Any] = []
    failed = threading.Event()
    error = ZeroDivisionError()
    platform.start(Witness, failures, failed).tell(error)
    assert failed.wait(LIMIT)
    (kind, value, traceback), *others = failures
    assert (kind, value, others) == (ZeroDivisionError, error, [])
    assert traceback is not None


def test_a_told_message_that_fails_stops_the_actor(platform: Platform) -> None:
    ref = platform.start(Diary)
    ref.tell(ZeroDivisionError())
    assert ref.actor_stopped.wait(LIMIT)
    assert not ref.is_alive()
    assert platform.registry.get_all() == []


def test_an_ask_that_waits_behind_a_failing_tell_is_answered(platform: Platform) -> None:
    ref = platform.start(Diary)
    release = threading.Event()
    ref.tell(release)
    ref.tell(ZeroDivisionError())
    waiting = [ref.ask(number, block=False) for number in range(10)]
    release.set()
    for answer in waiting:
        with pytest.raises(pykka.ActorDeadError):
            answer.get(timeout=LIMIT)


def test_a_dead_actor_cannot_be_told_or_asked(platform: Platform) -> None:
    ref = platform.start(Diary)
    ref.stop(timeout=LIMIT)
    with pytest.raises(pykka.ActorDeadError, match="not found"):
        ref.tell("hello")
    with pytest.raises(pykka.ActorDeadError, match="not found"):
        ref.ask("hello", timeout=LIMIT)


def test_an_ask_without_block_to_a_dead_actor_fails_in_its_future(platform: Platform) -> None:
    ref = platform.start(Diary)
    ref.stop(timeout=LIMIT)
    answer = ref.ask("hello", block=False)
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=LIMIT)


def test_an_actor_without_on_receive_answers_none_and_logs_the_message(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    class Plain(Behaviour):
        pass

    assert platform.start(Plain).ask("what?", timeout=LIMIT) is None
    assert "Unexpected message" in caplog.text
    assert "what?" in caplog.text


def test_actors_can_tell_each_other(platform: Platform) -> None:
    class Forwarder(Behaviour):
        def __init__(self, to: pykka.ActorRef[Any]) -> None:
            super().__init__()
            self.to = to

        def on_receive(self, message: Any) -> None:
            self.to.tell(message)

    diary = platform.start(Diary)
    forwarder = platform.start(Forwarder, diary)
    forwarder.ask("pass it on", timeout=LIMIT)
    assert diary.ask("read", timeout=LIMIT) == ["pass it on"]


def test_an_actor_can_tell_itself_and_gets_it_after_what_waits(platform: Platform) -> None:
    class Echo(Diary):
        def on_receive(self, message: Any) -> Any:
            if message == "first":
                self.actor_ref.tell("echo")
            return super().on_receive(message)

    ref = platform.start(Echo)
    release = threading.Event()
    ref.tell(release)
    for message in ("first", "second"):
        ref.tell(message)
    last = ref.ask("third", block=False)
    release.set()
    last.get(timeout=LIMIT)
    assert ref.ask("read", timeout=LIMIT) == ["first", "second", "third", "echo"]
