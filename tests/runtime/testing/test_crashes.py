"""Crashes are where the test wants them, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hive_resilience import Actor, ChildSpec, ModelConfig, Runtime, SupervisorSpec, Task
from hive_resilience.actors.messages import Acquire, Settle
from hive_resilience.testing import InjectedCrash, ScriptedModel, crash, intercept, run_virtual


@asynccontextmanager
async def runtime() -> AsyncGenerator[Runtime, None]:
    models = [ModelConfig(id=name, executor=ScriptedModel("hello")) for name in ("a", "b")]
    async with Runtime(models=models) as running:
        yield running


def restarts(running: Runtime) -> dict[str, int]:
    return {child.name: child.restarts for child in running.snapshot().children}


@pytest.mark.parametrize(
    ("who", "child"),
    [("a", "model:a"), ("b", "model:b"), ("router", "router"), ("supervisor", "models")],
)
def test_an_actor_crashes_between_two_messages_and_comes_back(who: str, child: str) -> None:
    async def main() -> None:
        async with runtime() as running:
            crash(running, who)
            assert (await running.execute(Task("x"))).success
            assert {name for name, count in restarts(running).items() if count} == {child}

    run_virtual(main())


class Journal(Actor):
    """Answers."""

    def on_receive(self, message: object) -> object:
        return message


@pytest.mark.parametrize("who", ["application/journal", "application/group/reader", "application"])
def test_an_actor_of_the_application_crashes_by_its_name(who: str) -> None:
    async def main() -> None:
        async with runtime() as running:
            journal = running.supervisor.add(ChildSpec("journal", Journal))
            running.supervisor.add(SupervisorSpec("group", (ChildSpec("reader", Journal),)))
            crash(running, who)
            assert {name for name, count in restarts(running).items() if count} == {who}
            assert await journal.ask(1, block=False) == 1

    run_virtual(main())


def test_the_root_comes_back_by_itself() -> None:
    async def main() -> None:
        async with runtime() as running:
            crash(running, "root")
            crash(running, "router")
            assert (await running.execute(Task("x"))).success

    run_virtual(main())


@pytest.mark.parametrize("at", ["Acquire", Acquire], ids=["name", "class"])
def test_an_actor_crashes_instead_of_handling_the_nth_message_of_a_class(at: Any) -> None:
    async def main() -> list[str | None]:
        async with runtime() as running:
            crash(running, "a", at=at, nth=3)
            results = [await running.execute(Task("x")) for _ in range(5)]
            assert restarts(running)["model:a"] == 1
            return [result.model_used for result in results]

    assert run_virtual(main()) == ["a", "a", "b", "a", "a"]


def test_a_start_can_fail_too() -> None:
    async def main() -> None:
        async with runtime() as running:
            crash(running, "a", at="Start")
            crash(running, "a")
            assert (await running.execute(Task("x"))).model_used == "b"
            await asyncio.sleep(1.0)
            assert (await running.execute(Task("x"))).model_used == "a"

    run_virtual(main())


def test_a_crash_that_was_taken_back_does_not_happen() -> None:
    async def main() -> None:
        async with runtime() as running:
            take_back = crash(running, "a", at=Settle)
            take_back()
            assert (await running.execute(Task("x"))).model_used == "a"
            assert restarts(running)["model:a"] == 0

    run_virtual(main())


def test_the_error_of_a_crash_may_be_chosen() -> None:
    async def main() -> None:
        async with runtime() as running:
            crash(running, "a", at="Acquire", error=LookupError("mine"))
            attempt = (await running.execute(Task("x"))).attempts[0]
            assert attempt.error is not None
            assert isinstance(attempt.error.__cause__, LookupError)

    run_virtual(main())


def test_an_interception_hears_all_messages_through_restarts_and_changes_nothing() -> None:
    async def main() -> list[str]:
        heard: list[str] = []

        def hear(message: Any) -> None:
            heard.append(type(message).__name__)

        async with runtime() as running:
            stop = intercept(running.router, hear)
            await running.execute(Task("x"))
            crash(running, "router")
            await running.execute(Task("x"))
            stop()
            await running.execute(Task("x"))
        return heard

    # The restarted router hears the poison only if it was intercepted before the crash.
    assert run_virtual(main()) == ["Dispatch", "TaskFinished", "Start", "Dispatch", "TaskFinished"]


def test_what_crashes_an_actor_is_no_error_of_the_runtime() -> None:
    assert issubclass(InjectedCrash, Exception)
