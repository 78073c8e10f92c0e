"""Death watch: who watches is told of the end, and of nothing else."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.engine.signals import Terminated

from .platforms import LIMIT, LoopThread, run_here
from .team import Boss, Team, Worker, play

pytestmark = pytest.mark.usefixtures("quiet")


def watched(engine: Engine) -> tuple[ActorRef[Any], ActorRef[Any]]:
    boss, ref = engine.start(Boss), engine.start(Worker, {}, [])
    ref.address.watchers.append(boss.address)
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
        team.ref.address.watchers.append(watcher.address)
        team.ref.tell(ZeroDivisionError())
        reports: list[Any] = watcher.ask("reports")
        return reports

    assert play(story) == []


def test_a_dying_watcher_does_not_disturb_the_watched(home: LoopThread) -> None:
    boss, ref = home.engine.start(Boss), home.engine.start(Worker, {}, [])
    home.do(lambda: ref.address.watchers.append(boss.address))
    done = threading.Event()
    boss.stop(timeout=LIMIT)
    ref.tell(done.set)
    assert done.wait(LIMIT)
    assert ref.stop(timeout=LIMIT) is True
