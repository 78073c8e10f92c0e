"""Scripted models do as they are told, and count."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hive_resilience import ModelConfig, ModelStatus, RetryConfig, Runtime, Task, TaskResult
from hive_resilience.testing import (
    Mix,
    ScriptedModel,
    answer,
    fail,
    hang,
    late,
    run_virtual,
    settle,
)

ONCE = RetryConfig(max_retries=0)


def with_runtime(model: ScriptedModel, story: Callable[[Runtime], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        config = ModelConfig(id="a", executor=model, retry=ONCE, timeout=10.0)
        async with Runtime(models=[config]) as runtime:
            return await story(runtime)

    return run_virtual(main())


def test_each_call_takes_the_next_line_and_the_last_one_holds() -> None:
    model = ScriptedModel("first", LookupError(), answer("last", takes=1.0))

    async def story(runtime: Runtime) -> list[TaskResult]:
        return [await runtime.execute(Task("x")) for _ in range(4)]

    results = with_runtime(model, story)

    assert [result.value for result in results] == ["first", None, "last", "last"]
    assert [result.execution_time for result in results] == [0.0, 0.0, 1.0, 1.0]
    assert (model.calls, model.answered, model.failed) == (4, 3, 1)


def test_a_call_that_hangs_runs_until_it_is_cancelled() -> None:
    model = ScriptedModel(hang())

    async def story(runtime: Runtime) -> tuple[int, TaskResult]:
        task = asyncio.create_task(runtime.execute(Task("x")))
        await settle()
        return model.running, await task

    running, result = with_runtime(model, story)

    assert running == 1
    assert result.execution_time == 10.0
    assert (model.running, model.cancelled) == (0, 1)


def test_a_late_answer_comes_although_the_call_was_cancelled() -> None:
    model = ScriptedModel(late(takes=12.0))

    async def story(runtime: Runtime) -> TaskResult:
        return await runtime.execute(Task("x"))

    result = with_runtime(model, story)

    assert not result.success
    assert result.execution_time == 12.0
    assert (model.answered, model.cancelled) == (1, 0)


def test_a_failure_takes_its_time() -> None:
    async def story(runtime: Runtime) -> TaskResult:
        return await runtime.execute(Task("x"))

    result = with_runtime(ScriptedModel(fail(takes=3.0)), story)

    assert isinstance(result.attempts[0].error, ConnectionError)
    assert result.execution_time == 3.0


def test_probes_have_a_script_of_their_own() -> None:
    async def story(runtime: Runtime) -> list[ModelStatus]:
        return [await runtime.model("a").check_health() for _ in range(4)]

    found = with_runtime(ScriptedModel(probes=(True, False)), story)

    # The second check fails four times, since a probe is repeated, and takes the model out.
    assert found == [ModelStatus.AVAILABLE] + [ModelStatus.UNAVAILABLE] * 3


def test_the_same_seed_gives_the_same_calls() -> None:
    mix = Mix(failing=0.2, hanging=0.2, garbage=0.2, late=0.2)
    one, same, other = (ScriptedModel.from_seed(seed, mix) for seed in (1, 1, 2))

    def calls(model: ScriptedModel) -> list[tuple[float, bool, bool]]:
        steps = [model.next_step() for _ in range(50)]
        return [(step.takes, step.stubborn, step.error is None) for step in steps]

    assert calls(one) == calls(same)
    assert calls(ScriptedModel.from_seed(1, mix)) != calls(other)


@pytest.mark.parametrize("share", ["failing", "hanging", "garbage", "late"])
def test_a_mix_of_one_kind_gives_only_that_kind(share: str) -> None:
    shares: Any = {share: 1.0}
    model = ScriptedModel.from_seed(3, Mix(**shares))
    steps = [model.next_step() for _ in range(20)]

    assert all((step.error is not None) == (share == "failing") for step in steps)
    assert all((step.takes == float("inf")) == (share == "hanging") for step in steps)
    assert all(step.stubborn == (share == "late") for step in steps)
    assert any(step.value != "answer" for step in steps if share == "garbage") == (
        share == "garbage"
    )


def test_no_garbage_fails_a_task_or_a_model() -> None:
    model = ScriptedModel.from_seed(5, Mix(garbage=1.0))

    async def story(runtime: Runtime) -> list[TaskResult]:
        results = [await runtime.execute(Task("x")) for _ in range(50)]
        assert runtime.snapshot().models["a"].restarts == 0
        assert runtime.snapshot().models["a"].under_way == 0
        return results

    assert all(result.success for result in with_runtime(model, story))
