"""The banner answers: is anything wrong, since when, why, what is the runtime doing about it."""

from __future__ import annotations

from hive_resilience import Task
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .feed_kit import watched


def test_a_fleet_that_is_well_says_so_and_with_what_numbers(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            assert found.verdict["title"] == "All models serve"
            assert "No call" in found.verdict["why"]
            await found.runtime.execute(Task("x"))
            assert found.verdict["why"] == "The one call of the last minute succeeded."

    virtual(work())


def test_a_model_that_is_out_has_its_name_its_reason_and_where_its_tasks_go(
    virtual: Virtual,
) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            found.runtime.model("a").trip("billing")
            verdict = found.verdict
            assert verdict["level"] == "bad"
            assert verdict["title"] == "a is out; 1 of 2 models serve"
            assert "billing" in verdict["why"]
            assert verdict["doing"].startswith("Tasks go to b. The next try is in")
            assert verdict["since"] is not None

    virtual(work())


def test_maintenance_is_not_an_outage(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            found.runtime.model("a").enter_maintenance()
            assert found.verdict["level"] == "well"
            assert found.verdict["title"] == "1 of 2 models serve"
            assert "a: in maintenance" in found.verdict["why"]

    virtual(work())


def test_a_fleet_without_a_usable_model_says_that_no_task_is_served(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            found.runtime.model("a").enter_maintenance()
            found.runtime.model("b").force_open()
            verdict = found.verdict
            assert (verdict["level"], verdict["title"]) == ("out", "No model can serve a task")
            assert "until an operator ends it" in verdict["doing"]

    virtual(work())


def test_many_failures_are_seen_before_a_breaker_opens(virtual: Virtual) -> None:
    async def work() -> None:
        script = [ConnectionError() if number % 10 == 0 else "fine" for number in range(40)]
        models = model("a", Model(*script)), model("b", Model())
        async with watched(fleet(*models)) as found:
            for _ in range(30):
                await found.runtime.execute(Task("x"), strategy="sequential")
            verdict = found.verdict
            assert verdict["level"] == "watch"
            assert "10.0% of 30 calls of a failed." in verdict["why"]

    virtual(work())


def test_one_failure_of_few_calls_is_no_news(virtual: Virtual) -> None:
    async def work() -> None:
        models = model("a", Model(ConnectionError(), "fine")), model("b", Model())
        async with watched(fleet(*models)) as found:
            for _ in range(5):
                await found.runtime.execute(Task("x"))
            assert found.verdict["level"] == "well"

    virtual(work())
