"""Who calls a model, before and after a reload."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

from hive_resilience import ModelConfig, ModelStatus, Plan, Runtime, Task
from hive_resilience.config import HealthCheckConfig, Isolation
from hive_resilience.events import DeadLetter, HealthChanged
from hive_resilience.testing import settle

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model, until
from .reload_kit import Closable, config


def test_a_replaced_executor_is_closed_once_its_calls_have_ended(virtual: Virtual) -> None:
    async def main() -> None:
        old, new = Closable("old", takes=10.0), Closable("new")
        async with fleet(model("a", old)) as runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", new)))
            assert (await runtime.execute(Task("y"))).value == "new"
            await settle()
            assert old.closed_with is None
            assert (await call).value == "old"
            await settle()
            assert [old.closed_with, new.closed_with] == [0, None]
        assert new.closed_with == 0

    virtual(main())


def test_an_object_that_stays_in_use_is_not_closed_with_its_old_adapter() -> None:
    async def main() -> None:
        same = Closable("same")
        async with Runtime(config(ModelConfig(id="a", executor=same))) as runtime:
            await runtime.reload(config(ModelConfig(id="a", executor=same, calls_per_worker=5)))
            assert (await runtime.execute(Task("x"))).value == "same"
            await asyncio.sleep(0)
            assert same.closed_with is None
        assert same.closed_with == 0

    asyncio.run(main())


def test_an_executor_moves_to_processes_of_its_own_and_back() -> None:
    async def main() -> None:
        async with Runtime(config(ModelConfig(id="a", executor=where))) as runtime:
            isolated = ModelConfig(id="a", executor=where, isolation=Isolation.PROCESS)
            await runtime.reload(config(isolated))
            assert (await runtime.execute(Task("x"))).value != os.getpid()
            assert "workers:a" in {child.name for child in runtime.snapshot().children}
            await runtime.reload(config(ModelConfig(id="a", executor=where)))
            assert (await runtime.execute(Task("x"))).value == os.getpid()
            assert "workers:a" not in {child.name for child in runtime.snapshot().children}

    asyncio.run(main())


def where(task: Task) -> int:
    return os.getpid()


def test_blocking_calls_go_on_in_the_threads_they_are_in() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def old(task: Task) -> str:
        begun.set()
        assert go_on.wait(10.0)
        return "old"

    with Runtime(config(model("a", old))) as runtime:
        call = runtime.submit(Task("x"))
        assert begun.wait(10.0)
        runtime.reload(config(model("a", lambda task: "new"))).get(timeout=10.0)
        assert runtime.submit(Task("y")).result(10.0).value == "new"
        go_on.set()
        assert call.result(10.0).value == "old"


def test_executors_of_python_stay_with_their_models(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model("first"), Model("second")
        named = {"a": first, "b": second}
        plain = config(ModelConfig(id="a"), ModelConfig(id="b"))
        async with Runtime(plain, executors=named) as runtime:
            await runtime.reload(config(ModelConfig(id="a", weight=2.0)))
            assert (await runtime.execute(Task("x"))).value == "first"
            await runtime.reload(plain)
            assert (await runtime.execute(Task("x"), plan=Plan("b"))).value == "second"
            assert runtime.model("a").snapshot().metrics.successes == 1

    virtual(main())


def test_what_was_given_by_name_is_closed_with_the_runtime_only(virtual: Virtual) -> None:
    """The file may name its model again."""

    async def main() -> None:
        one, other = Closable("one"), Closable("other")
        both = config(ModelConfig(id="a"), ModelConfig(id="b"))
        async with Runtime(both, executors={"a": one, "b": other}) as runtime:
            await runtime.reload(config(ModelConfig(id="b")))
            await settle()
            assert one.closed_with is None
            await runtime.reload(both)
            assert (await runtime.execute(Task("x"))).value == "one"
            await runtime.reload(config(ModelConfig(id="b")))
            await settle()
        assert [one.closed_with, other.closed_with] == [0, 0]

    virtual(main())


def test_an_object_that_another_model_uses_stays_open(virtual: Virtual) -> None:
    async def main() -> None:
        shared = Closable("shared")
        async with fleet(model("old-name", shared)) as runtime:
            await runtime.reload(config(model("new-name", shared)))
            await settle()
            assert list(runtime.snapshot().models) == ["new-name"]
            assert shared.closed_with is None
            await runtime.reload(config(model("b", Model("b"))))
            await settle()
            assert shared.closed_with == 0

    virtual(main())


class Probed(Model):
    """Answers its health checks after a while, or raises what is wrong."""

    def __init__(self, name: str, takes: float = 0.0, error: Exception | None = None) -> None:
        super().__init__(name)
        self._takes, self._error = takes, error
        self.probes = 0

    async def check_health(self) -> bool:
        self.probes += 1
        await asyncio.sleep(self._takes)
        if self._error is not None:
            raise self._error
        return True


ONE_IS_ENOUGH = HealthCheckConfig(retries=0, interval=10.0)


def test_a_probe_of_the_old_executor_says_nothing_of_the_new(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        old, new = Probed("old", 4.0, ConnectionError("gone")), Probed("new")
        async with fleet(model("a", old, health_check=ONE_IS_ENOUGH)) as runtime:
            runtime.subscribe(heard.append, HealthChanged)
            await until(lambda: old.probes)
            await runtime.reload(config(model("a", new, health_check=ONE_IS_ENOUGH)))
            status = await runtime.model("a").check_health()
            assert (status, new.probes) == (ModelStatus.AVAILABLE, 1)
            await until(lambda: new.probes > 1)
        return [event for event in heard if event.reason != "stopping"]

    assert virtual(main()) == []


def test_the_probe_of_a_model_that_was_removed_is_no_dead_letter(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        b = model("b", Model("b"))
        slow = Probed("a", 4.0)
        async with fleet(model("a", slow, health_check=ONE_IS_ENOUGH), b) as runtime:
            runtime.subscribe(heard.append, DeadLetter)
            await until(lambda: slow.probes)
            await runtime.reload(config(b))
            await asyncio.sleep(10.0)
        return heard

    assert virtual(main()) == []


class Streaming(Closable):
    """Streams its name twice, in ten seconds."""

    async def execute(self, task: Task, context: object) -> object:
        return await self(task)

    async def stream(self, task: Task, context: object) -> AsyncIterator[str]:
        for _ in range(2):
            await asyncio.sleep(5.0)
            yield f"{self.script[0]} "


async def read(runtime: Runtime) -> str:
    async with runtime.stream(Task("x")) as stream:
        return "".join([chunk async for chunk in stream])


def test_a_stream_goes_on_where_it_began(virtual: Virtual) -> None:
    async def main() -> None:
        old, new, other = Streaming("old"), Streaming("new"), model("b", Streaming("other"))
        async with fleet(model("a", old), other) as runtime:
            first = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", new), other))
            second = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.0)
            await runtime.reload(config(other))
            third = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.0)
            assert (old.closed_with, new.closed_with) == (None, None)
            assert [await first, await second, await third] == [
                "old old ",
                "new new ",
                "other other ",
            ]
            await settle()
            assert (old.closed_with, new.closed_with) == (0, 0)

    virtual(main())
