"""Between a crash and the restart: what waits, and starts that fail."""

from __future__ import annotations

from typing import Any

import pykka
import pytest

from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.policies.outcomes.errors import OverloadedError

from .platforms import run_here
from .team import Boss, Team, Worker, play

pytestmark = pytest.mark.usefixtures("quiet")


def test_what_comes_while_an_actor_is_suspended_waits_for_the_restart() -> None:
    def story(team: Team) -> None:
        team.ref.tell(ZeroDivisionError())
        answers = [team.ref.ask(number, block=False) for number in range(3)]
        assert not any(answer.settled for answer in answers)
        assert team.ref.address.waiting == 3
        team.boss.tell(team.ref.restart)
        team.boss.ask("reports")
        assert not any(answer.settled for answer in answers)

    play(story, restarts=False)


def test_a_restart_takes_up_what_waited_in_its_order() -> None:
    def story(team: Team) -> Any:
        team.ref.tell(ZeroDivisionError())
        answers = [team.ref.ask(number, block=False) for number in range(3)]
        other = team.engine.start(Worker, {}, [])
        other.tell(team.ref.restart)
        return [answer.get() for answer in answers]

    assert play(story, restarts=False) == [[0], [0, 1], [0, 1, 2]]


def test_a_restart_outside_a_handler_takes_up_what_waited_too() -> None:
    def story(team: Team) -> Any:
        team.ref.tell(ZeroDivisionError())
        answer = team.ref.ask("waited", block=False)
        assert team.ref.restart() is True
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
        assert team.ref.restart() is False

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


def test_a_failing_first_start_is_reported_to_the_supervisor() -> None:
    async def main(engine: Engine) -> list[tuple[str, str]]:
        boss = engine.start(Boss, restarts=False)
        plan: dict[str, BaseException] = {"start": ValueError()}
        engine.start_from(lambda: Worker(plan, []), supervisor=boss)
        return [(report.during, type(report.cause).__name__) for report in boss.ask("reports")]

    assert run_here(main) == [("on_start", "ValueError")]
