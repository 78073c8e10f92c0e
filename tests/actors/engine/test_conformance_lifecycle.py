"""Birth, end and failure of an actor, as pykka documents them, on both platforms."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

import pykka
import pytest

from .platforms import LIMIT, Behaviour, Platform


class Lifecycle(Behaviour):
    """Writes down what happens to it; fails where it is told to."""

    def __init__(self, diary: list[str], fails_in: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.diary = diary
        self.fails_in = fails_in
        self.note("init")

    def note(self, moment: str) -> None:
        self.diary.append(moment)
        if moment in self.fails_in:
            raise RuntimeError(moment)

    def on_start(self) -> None:
        self.note("start")

    def on_stop(self) -> None:
        self.note("stop")

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.note("failure")

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, threading.Event):
            return message.wait(LIMIT)
        if message == "stop yourself":
            return self.stop()
        self.note(message)
        return message


@pytest.fixture
def diary() -> list[str]:
    return []


def test_an_actor_is_made_started_used_and_stopped_in_this_order(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary)
    ref.ask("work", timeout=LIMIT)
    ref.stop(timeout=LIMIT)
    assert diary == ["init", "start", "work", "stop"]


def test_the_arguments_of_start_go_to_the_constructor(platform: Platform, diary: list[str]) -> None:
    ref = platform.start(Lifecycle, diary, fails_in=("work",))
    with pytest.raises(RuntimeError, match="work"):
        ref.ask("work", timeout=LIMIT)


def test_a_failing_constructor_fails_the_start(platform: Platform, diary: list[str]) -> None:
    with pytest.raises(RuntimeError, match="init"):
        platform.start(Lifecycle, diary, ("init",))
    assert diary == ["init"]
    assert platform.registry.get_all() == []


def test_the_constructor_knows_its_reference_and_may_send_to_it(platform: Platform) -> None:
    class Early(Behaviour):
        def __init__(self) -> None:
            super().__init__()
            self.got: list[Any] = []
            self.actor_ref.tell("from the cradle")
            self._me = self.actor_ref.proxy()

        def on_receive(self, message: Any) -> list[Any]:
            self.got.append(message)
            return self.got

        def me(self) -> Any:
            return self._me.actor_ref

    ref = platform.start(Early)
    assert ref.ask("later", timeout=LIMIT) == ["from the cradle", "later"]
    assert ref.proxy().me().get(timeout=LIMIT).actor_urn == ref.actor_urn


def test_on_start_runs_before_the_first_message(platform: Platform, diary: list[str]) -> None:
    class Eager(Lifecycle):
        def on_start(self) -> None:
            self.actor_ref.tell("own")
            super().on_start()

    ref = platform.start(Eager, diary)
    ref.ask("first", timeout=LIMIT)
    ref.ask("second", timeout=LIMIT)
    assert diary[:2] == ["init", "start"]
    assert sorted(diary[2:4]) == ["first", "own"]
    assert diary[4:] == ["second"]


def test_a_failing_on_start_stops_the_actor(
    platform: Platform, diary: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    ref = platform.start(Lifecycle, diary, ("start",))
    assert ref.actor_stopped.wait(LIMIT)
    assert "stop" not in diary
    assert "RuntimeError: start" in caplog.text


def test_an_ask_to_an_actor_that_fails_to_start_is_answered(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary, ("start",))
    ref.actor_stopped.wait(LIMIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("hello", timeout=LIMIT)


def test_stop_answers_true_and_then_false(platform: Platform, diary: list[str]) -> None:
    ref = platform.start(Lifecycle, diary)
    assert ref.is_alive()
    assert ref.stop(timeout=LIMIT) is True
    assert not ref.is_alive()
    assert ref.stop(timeout=LIMIT) is False


def test_stop_without_block_returns_a_future(platform: Platform, diary: list[str]) -> None:
    ref = platform.start(Lifecycle, diary)
    first = ref.stop(block=False)
    assert isinstance(first, platform.future)
    assert first.get(timeout=LIMIT) is True
    assert ref.stop(block=False).get(timeout=LIMIT) is False


def test_stop_is_over_when_on_stop_is(platform: Platform, diary: list[str]) -> None:
    platform.start(Lifecycle, diary).stop(timeout=LIMIT)
    assert diary[-1] == "stop"


def test_two_stops_at_once_are_both_true_and_stop_it_once(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary)
    release = threading.Event()
    ref.tell(release)
    stops = [ref.stop(block=False) for _ in range(2)]
    release.set()
    assert [stop.get(timeout=LIMIT) for stop in stops] == [True, True]
    assert diary.count("stop") == 1


def test_what_was_sent_before_the_stop_is_handled_and_what_came_after_is_refused(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary)
    release = threading.Event()
    ref.tell(release)
    before = ref.ask("before", block=False)
    ref.stop(block=False)
    after = ref.ask("after", block=False)
    release.set()
    assert before.get(timeout=LIMIT) == "before"
    with pytest.raises(pykka.ActorDeadError, match="stopped before handling"):
        after.get(timeout=LIMIT)
    assert "after" not in diary


def test_a_stop_that_takes_too_long_times_out_and_still_happens(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary)
    release = threading.Event()
    ref.tell(release)
    with pytest.raises(pykka.Timeout):
        ref.stop(timeout=0.01)
    release.set()
    assert ref.actor_stopped.wait(LIMIT)


def test_an_actor_stops_itself_after_the_messages_that_wait(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary)
    release = threading.Event()
    ref.tell(release)
    ref.tell("stop yourself")
    waiting = ref.ask("still", block=False)
    release.set()
    assert waiting.get(timeout=LIMIT) == "still"
    assert ref.actor_stopped.wait(LIMIT)
    ref.stop(timeout=LIMIT)
    assert diary == ["init", "start", "still", "stop"]


def test_a_failing_on_stop_is_logged_and_the_stop_succeeds(
    platform: Platform, diary: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    ref = platform.start(Lifecycle, diary, ("stop",))
    assert ref.stop(timeout=LIMIT) is True
    assert not ref.is_alive()
    assert "RuntimeError: stop" in caplog.text
    assert "failure" not in diary


def test_a_failing_handler_calls_on_failure_but_not_on_stop(
    platform: Platform, diary: list[str]
) -> None:
    ref = platform.start(Lifecycle, diary, ("work",))
    ref.tell("work")
    assert ref.actor_stopped.wait(LIMIT)
    ref.stop(timeout=LIMIT)
    assert "stop" not in diary
    assert diary[:3] == ["init", "start", "work"]


def test_a_failing_on_failure_is_logged_and_the_actor_stops(
    platform: Platform, diary: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    ref = platform.start(Lifecycle, diary, ("work", "failure"))
    ref.tell("work")
    assert ref.actor_stopped.wait(LIMIT)
    platform.close()
    assert diary == ["init", "start", "work", "failure"]
    assert "RuntimeError: work" in caplog.text
    assert "RuntimeError: failure" in caplog.text


def test_each_actor_has_an_urn_of_its_own(platform: Platform, diary: list[str]) -> None:
    refs = [platform.start(Lifecycle, diary) for _ in range(20)]
    urns = {ref.actor_urn for ref in refs}
    assert len(urns) == 20
    assert all(urn.startswith("urn:uuid:") for urn in urns)


def test_a_reference_shows_its_class_and_urn(platform: Platform, diary: list[str]) -> None:
    ref = platform.start(Lifecycle, diary)
    assert str(ref) == f"Lifecycle ({ref.actor_urn})"
    assert repr(ref) == f"<ActorRef for Lifecycle ({ref.actor_urn})>"
    assert ref.actor_class is platform.kind(Lifecycle)


def test_an_actor_and_its_reference_agree(platform: Platform) -> None:
    class Mirror(Behaviour):
        def on_receive(self, message: Any) -> tuple[str, str, str]:
            return self.actor_urn, self.actor_ref.actor_urn, str(self)

    ref = platform.start(Mirror)
    assert ref.ask("who?", timeout=LIMIT) == (ref.actor_urn, ref.actor_urn, str(ref))


def test_actors_may_start_actors(platform: Platform, diary: list[str]) -> None:
    class Parent(Behaviour):
        def on_receive(self, message: Any) -> Any:
            return platform.start(Lifecycle, diary)

    child: Any = platform.start(Parent).ask("go", timeout=LIMIT)
    assert child.ask("hello", timeout=LIMIT) == "hello"
    assert diary == ["init", "start", "hello"]
