"""The log of tasks keeps their ways, and nothing of what they asked."""

from __future__ import annotations

import json
from typing import Any

from hive_resilience import Task, TaskResult
from hive_resilience.runtime.observability.live.task_log import TaskLog
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

SECRET = "what the prompt says"


async def result_of(*scripts: Any, payload: object = SECRET) -> TaskResult:
    models = [model(f"m{number}", Model(script)) for number, script in enumerate(scripts)]
    async with fleet(*models) as runtime:
        return await runtime.execute(Task(payload))


def logged(*results: TaskResult, recent: int = 200, failed: int = 1000) -> TaskLog:
    log = TaskLog(recent, failed)
    for second, result in enumerate(results):
        log.add(result, float(second))
    return log


def test_a_way_has_every_attempt_with_its_model_its_outcome_and_its_time(virtual: Virtual) -> None:
    result = virtual(result_of(ConnectionError("down"), "fine"))
    (way,) = logged(result).all()

    assert (way["success"], way["model"], way["fallback"]) == (True, "m1", True)
    assert [(step["model"], step["outcome"]) for step in steps(way)] == [
        ("m0", "failure"),
        ("m1", "success"),
    ]
    assert all(step["seconds"] >= 0.0 for step in steps(way))


def test_neither_prompts_nor_answers_nor_the_words_of_a_provider_are_kept(virtual: Virtual) -> None:
    failed = virtual(result_of(RuntimeError(f"bad request: {SECRET}"), "an answer"))
    whole = virtual(result_of("an answer"))
    told = json.dumps(logged(failed, whole).all())

    assert SECRET not in told
    assert "an answer" not in told
    assert "RuntimeError" in told


def test_a_failed_way_holds_no_exception_whose_frames_hold_the_prompt(virtual: Virtual) -> None:
    result = virtual(result_of(ConnectionError("down")))
    log = logged(result)

    assert not result.success
    assert not any(isinstance(part, BaseException) for way in log._recent for part in flat(way))


def test_failures_stay_longer_than_the_rest(virtual: Virtual) -> None:
    failed, fine = virtual(result_of(ConnectionError("down"))), virtual(result_of("fine"))
    ways = logged(failed, failed, *[fine] * 5, recent=3, failed=2).all()

    assert [way["number"] for way in ways] == [1, 2, 5, 6, 7]


def test_what_is_new_is_told_from_a_number_on_and_never_too_much(virtual: Virtual) -> None:
    log = logged(*[virtual(result_of("fine"))] * 6)

    assert [way["number"] for way in log.since(4, most=25)] == [5, 6]
    assert [way["number"] for way in log.since(0, most=2)] == [5, 6]
    assert log.since(6, most=25) == []


def test_a_passed_over_model_says_why_in_our_words(virtual: Virtual) -> None:
    async def work() -> TaskResult:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            runtime.model("a").trip("billing")
            return await runtime.execute(Task("x"), plan=None, strategy="sequential")

    (way,) = logged(virtual(work())).all()

    assert way["model"] == "b"
    passed = [step for step in steps(way) if step["number"] == 0]
    assert all("a" in str(step["why"]) for step in passed)


def steps(way: dict[str, Any]) -> list[dict[str, Any]]:
    return list(way["steps"])


def flat(value: Any) -> list[object]:
    """Every part of a record, however deep."""
    inner: Any = value.values() if hasattr(value, "values") else value
    if isinstance(value, str) or not hasattr(inner, "__iter__"):
        return [value]
    return [part for one in inner for part in flat(one)]
