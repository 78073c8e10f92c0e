"""Not every exception is an `Exception`: it ends its actor, and no other."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.signals import ActorCrashedError

from .echo import Echo, HostActor
from .platforms import LIMIT, LoopThread, run_here

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
        def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
            failures.append(exception_value)
            failed.set()

    ref = home.engine.start(Watched)
    ref.tell(grave)
    assert failed.wait(LIMIT)
    assert ref.actor_stopped.wait(LIMIT)
    assert failures == [grave]


def test_ctrl_c_in_a_handler_stops_the_actor_and_goes_on_to_the_host() -> None:
    async def main(engine: Engine) -> Any:
        ref, neighbour = engine.start(Echo), engine.start(Echo)
        answers: list[Any] = []
        with pytest.raises(KeyboardInterrupt):
            answers.append(ref.ask(KeyboardInterrupt(), block=False))
        return ref.is_alive(), neighbour.ask("alive")

    assert run_here(main) == (False, "alive")


def test_ctrl_c_in_on_start_goes_on_to_the_host() -> None:
    class Interrupted(Actor):
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

    class Stillborn(Actor):
        def on_start(self) -> None:
            raise RuntimeError("not today")

        def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
            failures.append(exception_value)
            failed.set()

    ref = home.engine.start(Stillborn)
    assert failed.wait(LIMIT)
    assert ref.actor_stopped.wait(LIMIT)
    assert [str(failure) for failure in failures] == ["not today"]
