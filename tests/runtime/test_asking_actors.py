"""Asking the router and actors of one's own: contexts, and actors in quarantine."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from hive_resilience import Actor, ChildSpec, Task
from hive_resilience.config import RestartConfig
from hive_resilience.errors import ActorQuarantinedError
from hive_resilience.testing import run_virtual

from ..fleet_kit import Model, fleet, model

LIMIT = 10.0
asker: ContextVar[str] = ContextVar("asker", default="none")


async def names_its_asker(task: Task) -> str:
    return asker.get()


def test_a_task_that_the_router_is_asked_runs_with_the_askers_context() -> None:
    token = asker.set("a thread")
    with fleet(model("m", names_its_asker)) as runtime:
        assert runtime.router.ask(Task("x"), timeout=LIMIT).value == "a thread"
    asker.reset(token)


def test_it_is_no_part_of_the_task_whose_executor_asks() -> None:
    async def outer_or_inner(task: Task) -> object:
        if task.payload == "inner":
            await asyncio.sleep(5.0)  # beyond the deadline of the outer task
            return asker.get()
        asker.set("the executor")
        inner.append(runtime.router.ask(Task("inner"), block=False))
        return "outer"

    inner: list[asyncio.Future[object]] = []
    runtime = fleet(model("m", outer_or_inner))

    async def main() -> object:
        async with runtime:
            found = await runtime.execute(Task("outer", timeout=2.0))
            assert found.value == "outer"
            return await inner[0]

    answer = run_virtual(main())
    assert getattr(answer, "value", None) == "the executor"


class Crashes(Actor):
    def on_receive(self, message: object) -> object:
        if message == "crash":
            raise ValueError("bug")
        return message


def test_an_ask_to_an_actor_in_quarantine_fails_at_once_and_a_restart_brings_it_back() -> None:
    async def main() -> None:
        async with fleet(model("m", Model())) as runtime:
            spec = ChildSpec("crashes", Crashes, restart=RestartConfig(intensity=1))
            ref = runtime.supervisor.add(spec)
            for _ in range(2):
                with pytest.raises(ValueError, match="bug"):
                    await asyncio.wait_for(ref.ask("crash", block=False), LIMIT)
            with pytest.raises(ActorQuarantinedError, match="crashed too often"):
                await asyncio.wait_for(ref.ask("hello", block=False), LIMIT)
            assert runtime.supervisor.restart("crashes")
            assert await ref.ask("hello", block=False) == "hello"

    asyncio.run(main())
