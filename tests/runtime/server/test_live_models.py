"""What callers may ask for changes with the fleet, without a reload."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig, GroupConfig, StreamConfig
from hive_resilience.runtime.server.application import Application

from .site_kit import Counted, Site, site, story


def model(name: str, **settings: Any) -> ModelConfig:
    return ModelConfig(id=name, executor=Counted(f"from {name}"), **settings)


CONFIG = RuntimeConfig(
    models=(model("a"), model("b")),
    groups=(GroupConfig(name="both", models=("a", "b")),),
    global_=GlobalConfig(aliases={"best": "a"}),
)


async def answer(served: Site, name: str) -> Any:
    """What comes of a chat with this name: its text, or the code of the refusal."""
    asked = {"model": name, "messages": [{"role": "user", "content": "Hi"}]}
    found = await served.post("/v1/chat/completions", None, asked)
    if found.status != 200:
        return found.code
    return found.json()["choices"][0]["message"]["content"]


async def names(served: Site) -> list[str]:
    return [one["id"] for one in (await served.get("/v1/models")).json()["data"]]


def test_a_model_that_is_added_is_listed_and_answers_by_its_name() -> None:
    async def tell() -> None:
        async with Runtime(CONFIG) as runtime, site(runtime) as served:
            assert await answer(served, "late") == "model_not_found"
            runtime.add_model(model("late", fallbacks=("b",)))
            assert await answer(served, "late") == "from late"
            assert await names(served) == ["auto", "both", "a", "b", "late", "best"]
            assert (await served.get("/v1/models/late")).status == 200
            runtime.model("late").enter_maintenance()
            assert await answer(served, "late") == "from b"

    story(tell())


def test_a_model_that_is_removed_is_no_name_any_more_and_neither_is_its_alias() -> None:
    async def tell() -> None:
        async with Runtime(CONFIG) as runtime, site(runtime) as served:
            assert await answer(served, "best") == "from a"
            await runtime.remove_model("a")
            for name in ("a", "best"):
                assert await answer(served, name) == "model_not_found"
            assert await names(served) == ["auto", "both", "b"]
            assert (await served.get("/v1/models/a")).status == 404
            assert [await answer(served, name) for name in ("both", "auto")] == ["from b"] * 2

    story(tell())


def test_a_model_that_leaves_is_no_name_while_its_last_call_runs() -> None:
    async def tell() -> None:
        started, let_go = asyncio.Event(), asyncio.Event()

        async def slow(_: Task) -> str:
            started.set()
            await let_go.wait()
            return "late"

        config = RuntimeConfig(models=(model("a"), ModelConfig(id="slow", executor=slow)))
        async with Runtime(config) as runtime, site(runtime) as served:
            call = asyncio.create_task(answer(served, "slow"))
            await started.wait()
            removal = runtime.remove_model("slow")
            assert await answer(served, "slow") == "model_not_found"
            assert await names(served) == ["auto", "a"]
            let_go.set()
            await removal
            assert await call == "late"

    story(tell())


def test_an_added_model_takes_no_name_from_a_group() -> None:
    async def tell() -> None:
        async with Runtime(CONFIG) as runtime, site(runtime) as served:
            runtime.add_model(model("both"))
            assert await answer(served, "both") == "from a"
            assert (await names(served)).count("both") == 1

    story(tell())


def test_names_are_read_again_only_after_a_change() -> None:
    async def tell() -> None:
        async with Runtime(CONFIG) as runtime:
            shared = Application(runtime)._shared
            before = shared.names
            await runtime.execute(Task("x"))
            assert shared.names is before
            runtime.add_model(model("late"))
            assert shared.names is not before

    story(tell())


def test_an_added_model_that_restarts_its_streams_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)

    async def tell() -> None:
        async with Runtime(CONFIG) as runtime, site(runtime) as served:
            runtime.add_model(model("late", stream=StreamConfig(on_interrupt="restart")))
            for _ in range(2):
                assert await answer(served, "late") == "from late"

    story(tell())

    assert [m for m in caplog.messages if "on_interrupt" in m] == [
        "models.late: on_interrupt: restart counts as raise here, "
        "since no client can take text back"
    ]
