"""Models come and go while tasks run, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import ModelConfig, ModelStatus, Plan, Runtime, Task
from hive_resilience.config import RestartConfig
from hive_resilience.config.settings.group import GroupConfig
from hive_resilience.errors import InvalidRequestError
from hive_resilience.events import ModelRemoved
from hive_resilience.testing import settle

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, crash, fleet, model
from .reload_kit import Closable, config, used


def test_models_are_added_changed_and_removed(virtual: Virtual) -> None:
    async def main() -> None:
        a, b, c = Model("a"), Model("b"), Model("c")
        async with fleet(model("a", a), model("b", b)) as runtime:
            done = await runtime.reload(
                config(model("b", b, weight=3.0), model("c", c), stop_grace=1.0)
            )
            assert (done.added, done.removed) == (("c",), ("a",))
            assert done.changed == {"b": ("weight",)}
            assert done.settings == ("stop_grace",)
            await settle()
            assert list(runtime.snapshot().models) == ["b", "c"]
            assert await used(runtime) == "b"
            assert await used(runtime, plan=Plan("c")) == "c"
            assert_at_rest(runtime)

    virtual(main())


def test_a_removed_model_ends_its_calls_and_is_closed_then(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        leaving = Closable("last words", takes=10.0)
        runtime = fleet(model("a", leaving), model("b", Model("b")))
        runtime.subscribe(heard.append, ModelRemoved)
        async with runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("b", Model("b"))))
            assert await used(runtime) == "b"
            assert leaving.closed_with is None
            assert (await call).value == "last words"
            await settle()
            assert leaving.closed_with == 0
            assert list(runtime.snapshot().models) == ["b"]
        return heard

    assert [event.model_id for event in virtual(main())] == ["a"]


def test_a_model_that_comes_back_while_it_drains_goes_on_as_it_was(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        one = Closable("answer", takes=10.0)
        with_a, without = (
            config(model("a", one), model("b", Model("b"))),
            config(model("b", Model("b"))),
        )
        runtime = Runtime(with_a)
        runtime.subscribe(heard.append, ModelRemoved)
        async with runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            for _ in range(3):
                await runtime.reload(without)
                await runtime.reload(with_a)
            assert await used(runtime) == "a"
            assert (await call).model_used == "a"
            await settle()
            assert one.closed_with is None
            assert runtime.model("a").snapshot().metrics.successes == 2
            await runtime.reload(without)
            await settle()
            assert one.closed_with == 0
        return heard

    assert [event.model_id for event in virtual(main())] == ["a"]


def test_order_weights_and_the_default_strategy_change(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = Model("a"), Model("b")
        async with fleet(model("a", a), model("b", b)) as runtime:
            assert await used(runtime) == "a"
            await runtime.reload(config(model("b", b), model("a", a)))
            assert await used(runtime) == "b"
            weighted = config(
                model("b", b, weight=0.0), model("a", a, weight=5.0), default_strategy="weighted"
            )
            await runtime.reload(weighted)
            assert {await used(runtime) for _ in range(20)} == {"a"}

    virtual(main())


def test_a_model_is_disabled_and_enabled(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = Model("a", takes=5.0), Model("b")
        async with fleet(model("a", a), model("b", b), ramp_up=0) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", a, enabled=False), model("b", b), ramp_up=0))
            assert await used(runtime) == "b"
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE
            await runtime.reload(config(model("a", a), model("b", b), ramp_up=0))
            assert await used(runtime) == "a"
            assert (await running).model_used == "a"

    virtual(main())


def test_models_that_the_program_added_or_removed_stay_so(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = model("a", Model("a")), model("b", Model("b"))
        async with Runtime(config(a, b)) as runtime:
            runtime.add_model(model("mine", Model("mine")))
            await runtime.remove_model("b")
            await runtime.reload(config(a, b, stop_grace=1.0))
            assert list(runtime.snapshot().models) == ["a", "mine"]
            await runtime.reload(config(a, ModelConfig(id="mine", weight=2.0)))
            assert (await runtime.execute(Task("x"), plan=Plan("mine"))).value == "mine"
            assert runtime.model("mine").snapshot().metrics.successes == 1
            await runtime.reload(config(a))
            await settle()
            assert list(runtime.snapshot().models) == ["a"]

    virtual(main())


def test_a_model_that_was_stopped_by_hand_stays_so(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = Model("a"), Model("b")
        async with fleet(model("a", a), model("b", b)) as runtime:
            runtime.model("a").stop()
            await runtime.reload(config(model("a", a, weight=2.0), model("b", b)))
            assert await used(runtime) == "b"

    virtual(main())


def test_a_model_that_comes_back_takes_its_place_in_the_order(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = model("a", Model("a")), model("b", Model("b"))
        async with Runtime(config(a, b)) as runtime:
            runtime.add_model(model("mine", Model("mine")))
            await runtime.remove_model("a")
            await runtime.reload(config(model("a", a.executor, weight=2.0), b))
            assert await used(runtime) == "a"
            assert list(runtime._fleet.router_state.candidates) == ["a", "b", "mine"]

    virtual(main())


def test_a_quarantined_model_is_changed_and_removed_like_any_other(virtual: Virtual) -> None:
    async def main() -> None:
        rare = RestartConfig(intensity=0, quarantine_retry=50.0)
        b = model("b", Model("b"))
        async with fleet(model("a", Model("old"), restart=rare), b) as runtime:
            crash(runtime, "a")
            await runtime.reload(config(model("a", Model("new"), restart=rare), b))
            await asyncio.sleep(60.0)
            assert (await runtime.execute(Task("x"))).value == "new"
            crash(runtime, "a")
            await runtime.reload(config(b))
            await settle()
            assert list(runtime.snapshot().models) == ["b"]

    virtual(main())


def test_groups_and_fallbacks_mean_what_the_new_settings_say(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = model("a", Model("a")), model("b", Model("b"))
        c = model("c", Model(ConnectionError("gone")), fallbacks=("a",))
        async with Runtime(config(a, b, groups=(GroupConfig(name="g", models=("b",)),))) as runtime:
            assert await used(runtime, plan="g") == "b"
            await runtime.reload(config(a, c, groups=(GroupConfig(name="g", models=("a",)),)))
            assert await used(runtime, plan="g") == "a"
            assert await used(runtime, plan=Plan("c")) == "a"
            await runtime.reload(config(a, model("c", c.executor)))
            assert await used(runtime, plan=Plan("c")) is None
            with pytest.raises(InvalidRequestError, match="no group 'g'"):
                await used(runtime, plan="g")

    virtual(main())
