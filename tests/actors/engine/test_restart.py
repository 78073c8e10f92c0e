"""Supervised actors: a crash, a new actor behind the same reference, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.policies.outcomes.errors import OverloadedError

from .platforms import LIMIT, LoopThread, run_here, together
from .team import Team, Worker, play

pytestmark = pytest.mark.usefixtures("quiet")


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


def test_an_on_failure_that_fails_does_not_stop_the_restart() -> None:
    def story(team: Team) -> Any:
        team.plan["failure"] = SystemExit()
        team.ref.tell(ZeroDivisionError())
        return team.ref.ask("after")

    assert play(story) == ["after"]


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
