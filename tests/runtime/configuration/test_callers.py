"""Who may ask for a reload, from where, and when."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any, cast

import pytest

from hive_resilience import Runtime, RuntimeConfig, Task
from hive_resilience.actors.engine.future import LoopFuture
from hive_resilience.errors import ConfigurationError, RuntimeClosedError
from hive_resilience.events import Reloaded

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model
from .reload_kit import config, used


def test_a_reload_in_a_task_of_another_thread_and_loop_works() -> None:
    one = Model("answer")

    async def elsewhere(runtime: Runtime) -> Reloaded:
        return await runtime.reload(config(model("a", one, weight=2.0)))

    with fleet(model("a", one)) as runtime:
        assert asyncio.run(elsewhere(runtime)).changed == {"a": ("weight",)}
        with pytest.raises(ConfigurationError):
            runtime.reload(config()).get(timeout=10.0)
    with pytest.raises(RuntimeClosedError):
        runtime.reload(config(model("a", one)))


def test_reloads_from_many_threads_wait_for_each_other() -> None:
    one = Model("answer")
    configs = [config(model("a", one, weight=float(n)), model(f"m{n}", one)) for n in range(2, 10)]
    with fleet(model("a", one)) as runtime:
        asked = [runtime.reload(configs[n % 8]) for n in range(80)]
        for each in asked:
            each.get(timeout=10.0)
        runtime.reload(configs[0]).get(timeout=10.0)
        asyncio.run(_until(lambda: list(runtime.snapshot().models) == ["a", "m2"]))


async def _until(is_true: Any) -> None:
    async with asyncio.timeout(10.0):
        while not is_true():
            await asyncio.sleep(0.001)


def test_a_task_may_reload_the_runtime_that_runs_it(virtual: Virtual) -> None:
    async def main() -> None:
        async def reloads(task: Task) -> str:
            done = await runtime.reload(config(model("b", Model("b"))))
            return ", ".join(done.removed)

        async with fleet(model("a", reloads)) as runtime:
            assert (await runtime.execute(Task("x"))).value == "a"
            assert await used(runtime) == "b"

    virtual(main())


def test_a_reload_that_comes_too_late_is_refused_and_hangs_nobody() -> None:
    """Whatever the moment: before its turn on the loop, in it, or when the loop is gone."""
    one = Model("answer")
    configs = [config(model("a", one, weight=number + 1.0)) for number in range(8)]
    for _ in range(20):
        assert all(future.settled for future in reloads_until_closed(one, configs))


def reloads_until_closed(one: Model, configs: list[RuntimeConfig]) -> list[LoopFuture[Reloaded]]:
    asked: list[LoopFuture[Reloaded]] = []
    runtime = fleet(model("a", one))

    def reload_until_refused() -> None:
        with suppress(RuntimeClosedError):
            while True:
                asked.extend(cast("LoopFuture[Reloaded]", runtime.reload(each)) for each in configs)
                asked[-1].get(timeout=10.0)

    with runtime:
        threads = [threading.Thread(target=reload_until_refused) for _ in range(3)]
        for thread in threads:
            thread.start()
        asyncio.run(_until(lambda: len(asked) > 20))
    for thread in threads:
        thread.join(10.0)
    return asked


def test_a_reload_after_the_loop_has_gone_is_refused(virtual: Virtual) -> None:
    loop = asyncio.new_event_loop()
    runtime = fleet(model("a", Model()))
    loop.run_until_complete(runtime.__aenter__())
    loop.close()
    with pytest.raises(RuntimeClosedError, match="event loop of this runtime is closed"):
        runtime.reload(config(model("a", Model())))
