"""What viewers see follows what the fleet does, without a look into an actor."""

from __future__ import annotations

import asyncio

import orjson

from hive_resilience import Task
from hive_resilience.runtime.observability.live.series import KEPT, STEP
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .feed_kit import Watched, watched


async def ask(found: Watched, times: int = 1) -> None:
    for _ in range(times):
        await found.runtime.execute(Task("x"))


def test_a_look_counts_the_calls_of_the_last_minute(virtual: Virtual) -> None:
    async def work() -> None:
        models = model("bad", Model(ConnectionError())), model("good", Model())
        async with watched(fleet(*models)) as found:
            await ask(found, 3)
            await asyncio.sleep(STEP)
            bad, good = found.model("bad"), found.model("good")
            assert (bad["errors"], bad["share"]) == (1.0, 0.0)
            assert (good["calls"], good["errors"], good["share"]) == (3, 0.0, 1.0)
            assert good["rate"] > 0.0
            assert good["totals"]["successes"] == 3
            await asyncio.sleep(90.0)
            assert found.model("good")["calls"] == 0
            assert found.model("good")["errors"] is None

    virtual(work())


def test_the_points_are_there_before_a_viewer_comes_and_end_after_15_minutes(
    virtual: Virtual,
) -> None:
    async def work() -> None:
        async with watched(fleet(model("m", Model()))) as found:
            await asyncio.sleep(STEP / 2)
            await ask(found, 4)
            await asyncio.sleep(STEP)
            assert sum(point[1] for point in found.feed.points("m")) == 4
            await asyncio.sleep(STEP * KEPT * 1.5)
            assert len(found.feed.points("m")) == KEPT
            assert sum(point[1] for point in found.feed.points("m")) == 0

    virtual(work())


def test_a_change_has_what_differs_and_nothing_else(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            assert found.feed.change() is not None
            assert found.feed.change() is None
            found.runtime.model("b").trip("billing")
            change = found.feed.change()
            assert change is not None
            assert list(change["models"]) == ["b"]
            assert change["models"]["b"]["breaker"] == "open"
            assert "billing" in change["models"]["b"]["change"]["text"]
            assert any(event["kind"] == "CircuitChanged" for event in change["events"])

    virtual(work())


def test_a_viewer_that_comes_back_gets_the_events_it_has_missed_and_no_other(
    virtual: Virtual,
) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            found.runtime.model("a").trip("first")
            name = found.feed.name()
            found.runtime.model("b").trip("second")
            state = found.feed.state(found.feed.after(name))
            assert state["kept"]
            moved = [e["model"] for e in state["events"] if e["kind"] == "CircuitChanged"]
            assert moved == ["b"]
            assert not found.feed.state(found.feed.after("another-1"))["kept"]
            assert not found.feed.state(found.feed.after(f"{found.feed.epoch}-99999"))["kept"]
            assert found.feed.after("../../x") is None

    virtual(work())


def test_a_model_that_leaves_the_fleet_leaves_the_view(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            found.feed.change()
            await found.runtime.remove_model("b")
            change = found.feed.change()
            assert change is not None
            assert change["order"] == ["a"]

    virtual(work())


def test_all_of_it_is_json_with_whatever_names_models_have(virtual: Virtual) -> None:
    async def work() -> None:
        name = "<img src=x onerror=alert(1)>"
        async with watched(fleet(model(name, Model()))) as found:
            await ask(found)
            found.runtime.model(name).force_open()
            state = orjson.loads(orjson.dumps(found.feed.state()))
            assert state["models"][name]["retry_in"] is None

    virtual(work())


def test_a_closed_feed_hears_nothing_and_has_no_timer(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()))) as found:
            found.feed.close()
            before = found.feed.happened.last
            found.runtime.model("a").trip("late")
            assert found.feed.happened.last == before

    virtual(work())
