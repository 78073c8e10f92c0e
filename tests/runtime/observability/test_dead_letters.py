"""Dead letters are counted, told and sampled; a drain says what it had to give up."""

from __future__ import annotations

import asyncio
import logging

import orjson
import pykka
import pytest

from hive_resilience import Actor, ChildSpec, Task
from hive_resilience.errors import OverloadedError, RuntimeClosedError
from hive_resilience.events import DeadLetter
from hive_resilience.snapshots import DrainReport

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model, until


def test_messages_to_a_dead_actor_are_counted_told_and_sampled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[object] = []

    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            runtime.subscribe(told.append, DeadLetter)
            ref = runtime.supervisor.add(ChildSpec("x", Actor))
            await runtime.supervisor.remove("x")
            for _ in range(25):
                ref.send("late")
            snapshot = runtime.snapshot()
            assert snapshot.dead_letters == {"the actor is dead": 25}
            assert orjson.loads(snapshot.to_json())["dead_letters"] == snapshot.dead_letters

    with caplog.at_level(logging.WARNING, "hive_resilience.runtime.observability.dead_letters"):
        asyncio.run(main())
    assert len(told) == 25
    assert [record.args[0] for record in caplog.records if isinstance(record.args, tuple)] == [
        1,
        10,
    ]


def test_what_a_full_mailbox_refuses_is_a_dead_letter(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), mailbox_size=3) as runtime:
            ref = runtime.supervisor.add(ChildSpec("x", Actor))

            def flood() -> None:
                for _ in range(5):
                    ref.tell("one more")

            class Flooder(Actor):
                def on_receive(self, message: object) -> None:
                    flood()

            flooder = runtime.supervisor.add(ChildSpec("flooder", Flooder))
            with pytest.raises(OverloadedError):
                await flooder.ask("go", block=False)
            assert runtime.snapshot().dead_letters == {"the mailbox is full": 1}

    virtual(main())


def test_an_orderly_end_leaves_no_dead_letters(virtual: Virtual) -> None:
    async def main() -> None:
        runtime = fleet(model("a", Model()), model("b", Model()))
        async with runtime:
            runtime.supervisor.add(ChildSpec("x", Actor))
            await runtime.execute(Task("x"))
            router = runtime.router
        assert runtime._fleet.dead_letters.snapshot() == {}
        with pytest.raises(pykka.ActorDeadError):
            router.tell(Task("late"))

    virtual(main())


def test_a_drain_reports_the_tasks_that_it_had_to_give_up(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        slow = Model(takes=50.0)
        quick = Model("done", takes=1.0)
        async with fleet(model("a", slow), model("b", quick)) as runtime:
            tasks = [
                asyncio.create_task(runtime.execute(Task("x", id=name), strategy=strategy))
                for name, strategy in (("one", "sequential"), ("two", "sequential"))
            ]
            await until(lambda: slow.running == 2)
            report = await runtime.drain(5.0)
            assert (report.remaining, sorted(report.task_ids)) == (2, ["one", "two"])
        for task in tasks:
            assert isinstance((await task).error, RuntimeClosedError)
        assert "2 tasks were not done after 5 s of draining" in caplog.text

    virtual(main())


def test_a_drain_that_comes_to_its_end_gives_up_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=3.0)
        async with fleet(model("a", slow)) as runtime:
            task = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: slow.running)
            assert await runtime.drain(5.0) == DrainReport(0, ())
            assert (await task).success

    virtual(main())
