"""Supervised actors: a crash, a new actor behind the same reference, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from hive_resilience.actors import obituary
from hive_resilience.actors.actor import LoopActor
from hive_resilience.actors.engine import Engine
from hive_resilience.actors.policies.errors import OverloadedError
from hive_resilience.actors.reference import LoopRef
from hive_resilience.actors.signals import Crashed, Terminated

from .platforms import LIMIT, LoopThread, run_here, together

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crashes are meant here; their tracebacks only cost time."""
    monkeypatch.setattr(obituary.log, "disabled", True)


class Boss(LoopActor):
    """Restarts what crashes, or leaves it suspended; keeps the reports."""

    def __init__(self, *, restarts: bool = True) -> None:
        super().__init__()
        self.restarts = restarts
        self.reports: list[Any] = []

    def on_receive(self, message: Any) -> Any:
        if message == "reports":
            return self.reports
        self.reports.append(message)
        if self.restarts and isinstance(message, Crashed):
            child = message.actor
            assert isinstance(child, LoopRef)
            child.mailbox.restart()
        return None


class Worker(LoopActor):
    """Its state is a list of what it handled; it fails where the test's plan says."""

    def __init__(self, plan: dict[str, BaseException], born: list[Worker]) -> None:
        super().__init__()
        born.append(self)
        self.plan = plan
        self.done: list[Any] = []
        self.failures: list[Any] = []
        self.meet("init")

    def meet(self, moment: str) -> None:
        """Fails once for each entry of the plan."""
        if moment in self.plan:
            raise self.plan.pop(moment)

    def on_start(self) -> None:
        self.meet("start")

    def on_failure(self, *failure: Any) -> None:
        self.failures.append(failure[1])
        self.meet("failure")

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        if callable(message):
            return message()
        self.done.append(message)
        return list(self.done)


class Team:
    """A boss and one worker."""

    def __init__(self, engine: Engine, *, restarts: bool = True) -> None:
        self.engine = engine
        self.plan: dict[str, BaseException] = {}
        self.born: list[Worker] = []
        self.boss = engine.start(Boss, restarts=restarts)
        self.ref = engine.start_from(self.make, supervisor=self.boss.mailbox)

    def make(self) -> Worker:
        return Worker(self.plan, self.born)

    def reports(self) -> list[tuple[str, str]]:
        """What the boss was told: where it crashed, and by what."""
        reports = self.boss.ask("reports", timeout=LIMIT)
        return [(report.during, type(report.cause).__name__) for report in reports]


Story = Callable[[Team], Any]


def play(story: Story, *, restarts: bool = True) -> Any:
    async def main(engine: Engine) -> Any:
        return story(Team(engine, restarts=restarts))

    return run_here(main)


def test_a_crashed_worker_is_replaced_behind_the_same_reference() -> None:
    def story(team: Team) -> None:
        urn = team.ref.actor_urn
        team.ref.tell("before")
        team.ref.tell(ZeroDivisionError())
        assert team.ref.is_alive()
        assert team.ref.actor_urn == urn
        assert team.ref.ask("after") == ["after"]
        assert len(team.born) == 2
        assert team.born[1].actor_ref is team.ref
        assert team.engine.registry.get_by_urn(urn) is team.ref
        assert team.reports() == [("ZeroDivisionError", "ZeroDivisionError")]

    play(story)


def test_a_crash_reaches_on_failure_of_the_one_that_crashed() -> None:
    def story(team: Team) -> list[list[Any]]:
        error = ZeroDivisionError()
        team.ref.tell(error)
        return [[failure is error for failure in worker.failures] for worker in team.born]

    assert play(story) == [[True], []]


def test_an_ask_that_crashes_a_supervised_actor_is_answered_with_the_error() -> None:
    def story(team: Team) -> None:
        with pytest.raises(ZeroDivisionError):
            team.ref.ask(ZeroDivisionError())
        assert len(team.born) == 2

    play(story)


def test_a_refusal_is_an_answer_and_no_crash() -> None:
    def story(team: Team) -> int:
        with pytest.raises(OverloadedError):
            team.ref.ask(OverloadedError("later"))
        team.ref.tell(OverloadedError("later"))
        return len(team.born)

    assert play(story) == 1


@pytest.mark.parametrize("grave", [SystemExit(), GeneratorExit()], ids=repr)
def test_a_grave_exception_is_a_crash_like_any_other(grave: BaseException) -> None:
    def story(team: Team) -> Any:
        team.ref.tell(grave)
        return team.ref.ask("after")

    assert play(story) == ["after"]


def test_messages_that_wait_outlive_the_crash_and_the_poison_is_not_played_again() -> None:
    def story(team: Team) -> None:
        def burst() -> None:
            for number in range(3):
                team.ref.tell(number)
            team.ref.tell(ZeroDivisionError())
            for number in range(3, 6):
                team.ref.tell(number)

        team.ref.tell(burst)
        assert [worker.done for worker in team.born] == [[0, 1, 2], [3, 4, 5]]

    play(story)


def test_messages_that_wait_keep_their_order_through_many_crashes() -> None:
    def story(team: Team) -> list[Any]:
        def burst() -> None:
            for number in range(20):
                team.ref.tell(number)
                if number % 3 == 0:
                    team.ref.tell(ZeroDivisionError())

        team.ref.tell(burst)
        return [number for worker in team.born for number in worker.done]

    assert play(story) == list(range(20))


def test_what_comes_while_an_actor_is_suspended_waits_for_the_restart() -> None:
    def story(team: Team) -> None:
        team.ref.tell(ZeroDivisionError())
        answers = [team.ref.ask(number, block=False) for number in range(3)]
        assert not any(answer.settled for answer in answers)
        assert team.ref.mailbox.waiting == 3
        team.boss.tell(team.ref.mailbox.restart)
        team.boss.ask("reports")
        assert not any(answer.settled for answer in answers)

    play(story, restarts=False)


def test_a_restart_takes_up_what_waited_in_its_order() -> None:
    def story(team: Team) -> Any:
        team.ref.tell(ZeroDivisionError())
        answers = [team.ref.ask(number, block=False) for number in range(3)]
        other = team.engine.start(Worker, {}, [])
        other.tell(team.ref.mailbox.restart)
        return [answer.get() for answer in answers]

    assert play(story, restarts=False) == [[0], [0, 1], [0, 1, 2]]


def test_a_restart_outside_a_handler_takes_up_what_waited_too() -> None:
    def story(team: Team) -> Any:
        team.ref.tell(ZeroDivisionError())
        answer = team.ref.ask("waited", block=False)
        assert team.ref.mailbox.restart() is True
        return answer.get()

    assert play(story, restarts=False) == ["waited"]


def test_a_suspended_actor_can_be_stopped_and_answers_what_waits() -> None:
    def story(team: Team) -> None:
        team.ref.tell(ZeroDivisionError())
        answer = team.ref.ask("waiting", block=False)
        assert team.ref.stop() is True
        assert not team.ref.is_alive()
        with pytest.raises(pykka.ActorDeadError):
            answer.get()
        assert team.ref.mailbox.restart() is False

    play(story, restarts=False)


def test_the_bound_holds_while_an_actor_is_suspended() -> None:
    async def main(engine: Engine) -> None:
        team = Team(engine, restarts=False)
        team.ref.tell(ZeroDivisionError())
        for number in range(3):
            team.ref.tell(number)
        with pytest.raises(OverloadedError):
            team.ref.tell("too much")

    run_here(main, size=3)


@pytest.mark.parametrize("error", [ValueError(), SystemExit()], ids=repr)
def test_a_constructor_that_fails_at_a_restart_is_reported_and_tried_again(
    error: BaseException,
) -> None:
    def story(team: Team) -> None:
        team.plan["init"] = error
        crash = ZeroDivisionError()
        team.ref.tell(crash)
        assert [report[0] for report in team.reports()] == ["ZeroDivisionError", "__init__"]
        assert team.ref.ask("after") == ["after"]
        assert team.born[0].failures == [crash]

    play(story)


@pytest.mark.parametrize("error", [ValueError(), SystemExit()], ids=repr)
def test_an_on_start_that_fails_at_a_restart_is_reported_and_tried_again(
    error: BaseException,
) -> None:
    def story(team: Team) -> None:
        team.plan["start"] = error
        team.ref.tell(ZeroDivisionError())
        assert [report[0] for report in team.reports()] == ["ZeroDivisionError", "on_start"]
        assert team.ref.ask("after") == ["after"]
        assert team.born[1].failures == [error]

    play(story)


def test_an_on_failure_that_fails_does_not_stop_the_restart() -> None:
    def story(team: Team) -> Any:
        team.plan["failure"] = SystemExit()
        team.ref.tell(ZeroDivisionError())
        return team.ref.ask("after")

    assert play(story) == ["after"]


def test_a_failing_first_start_is_reported_to_the_supervisor() -> None:
    async def main(engine: Engine) -> list[tuple[str, str]]:
        boss = engine.start(Boss, restarts=False)
        plan: dict[str, BaseException] = {"start": ValueError()}
        engine.start_from(lambda: Worker(plan, []), supervisor=boss.mailbox)
        return [(report.during, type(report.cause).__name__) for report in boss.ask("reports")]

    assert run_here(main) == [("on_start", "ValueError")]


def test_a_proxy_made_after_a_restart_reaches_the_new_actor() -> None:
    def story(team: Team) -> None:
        team.ref.tell(ZeroDivisionError())
        proxy: Any = team.ref.proxy()
        assert proxy.done.get() == []
        team.ref.tell("new")
        assert proxy.done.get() == ["new"]

    play(story)


def test_one_actors_crash_is_not_its_neighbours_trouble() -> None:
    async def main(engine: Engine) -> Any:
        first, second = Team(engine), Team(engine)
        second.ref.tell("kept")
        first.ref.tell(ZeroDivisionError())
        return second.ref.ask("still here")

    assert run_here(main) == ["kept", "still here"]


def test_every_ask_is_answered_while_the_actor_crashes_and_comes_back(home: LoopThread) -> None:
    team = Team(home.engine)
    answers: list[Any] = []

    def ask() -> None:
        answers.extend(team.ref.ask(number, block=False) for number in range(300))

    def crash() -> None:
        for _ in range(50):
            team.ref.tell(ZeroDivisionError())

    together(ask, ask, ask, crash)
    answers.append(team.ref.ask("end", block=False))
    assert all(answer.get(timeout=LIMIT) for answer in answers)
    assert len(answers) == 901
    assert len(team.born) == 51


def test_a_control_message_that_crashes_an_actor_on_its_own_ends_it() -> None:
    async def main(engine: Engine) -> bool:
        ref = engine.start(Worker, {}, [])
        ref.send(ZeroDivisionError())
        return ref.is_alive()

    assert run_here(main) is False


# Death watch.


def watched(engine: Engine) -> tuple[LoopRef[Any], LoopRef[Any]]:
    boss, ref = engine.start(Boss), engine.start(Worker, {}, [])
    ref.mailbox.watchers.append(boss.mailbox)
    return boss, ref


def test_a_watcher_is_told_of_a_stop() -> None:
    async def main(engine: Engine) -> bool:
        boss, ref = watched(engine)
        ref.stop()
        return bool(boss.ask("reports") == [Terminated(ref)])

    assert run_here(main)


def test_a_watcher_is_told_of_a_crash_that_is_the_end() -> None:
    async def main(engine: Engine) -> bool:
        boss, ref = watched(engine)
        ref.tell(ZeroDivisionError())
        return bool(boss.ask("reports") == [Terminated(ref)])

    assert run_here(main)


def test_a_watcher_is_told_nothing_of_a_restart() -> None:
    def story(team: Team) -> list[Any]:
        watcher = team.engine.start(Boss)
        team.ref.mailbox.watchers.append(watcher.mailbox)
        team.ref.tell(ZeroDivisionError())
        reports: list[Any] = watcher.ask("reports")
        return reports

    assert play(story) == []


def test_a_dying_watcher_does_not_disturb_the_watched(home: LoopThread) -> None:
    boss, ref = home.engine.start(Boss), home.engine.start(Worker, {}, [])
    home.do(lambda: ref.mailbox.watchers.append(boss.mailbox))
    done = threading.Event()
    boss.stop(timeout=LIMIT)
    ref.tell(done.set)
    assert done.wait(LIMIT)
    assert ref.stop(timeout=LIMIT) is True
