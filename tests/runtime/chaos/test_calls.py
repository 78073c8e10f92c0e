"""What each fault does to a call and to a stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import ModelConfig, ModelStatus, Runtime, Task, TaskResult
from hive_resilience.errors import (
    InjectedConnectionError,
    InjectedCutError,
    InjectedQuotaError,
    InjectedRateLimitError,
    InjectedStatusError,
)
from tests.conftest import Virtual

from .chaos_kit import NO_RETRY, Talker, chaotic, injected

TASK = Task({"messages": []})


async def hit(fault: str, **settings: Any) -> tuple[TaskResult, float]:
    async with chaotic("a", "b") as runtime:
        settings.setdefault("share", 1.0)
        runtime.chaos.inject(fault, models=["a"], **settings)
        began = asyncio.get_running_loop().time()
        result = await runtime.execute(TASK)
        return result, asyncio.get_running_loop().time() - began


async def read(runtime: Runtime) -> tuple[list[str], TaskResult]:
    chunks: list[str] = []
    async with runtime.stream(TASK) as stream:
        try:
            async for chunk in stream:
                chunks.append(str(chunk))
        except Exception as error:
            chunks.append(type(error).__name__)
    assert stream.result is not None
    return chunks, stream.result


async def hit_stream(fault: str, **settings: Any) -> tuple[list[str], TaskResult, float]:
    async with chaotic("a", "b", hedge_after="never") as runtime:
        runtime.chaos.inject(fault, models=["a"], share=1.0, **settings)
        began = asyncio.get_running_loop().time()
        chunks, result = await read(runtime)
        return chunks, result, asyncio.get_running_loop().time() - began


WHOLE_B = ["b0", "b1", "b2", "b3"]
WHOLE_A = ["a0", "a1", "a2", "a3"]


@pytest.mark.parametrize(
    ("fault", "settings", "error"),
    [
        ("fault", {}, InjectedConnectionError),
        ("fault", {"status": 503}, InjectedStatusError),
        ("cut", {}, InjectedCutError),
        ("rate_limited", {"retry_after": 7}, InjectedRateLimitError),
        ("quota", {}, InjectedQuotaError),
    ],
)
def test_a_call_that_fails_goes_on_to_the_next_model(
    virtual: Virtual, fault: str, settings: dict[str, Any], error: type[Exception]
) -> None:
    result, _ = virtual(hit(fault, **settings))

    assert injected(result) == [("a", True, "failure"), ("b", False, "success")]
    assert type(result.attempts[0].error) is error
    assert "injected by the experiment chaos" in str(result.attempts[0].error)


def test_a_call_that_hangs_ends_at_its_limit(virtual: Virtual) -> None:
    result, took = virtual(hit("hang"))

    assert injected(result) == [("a", True, "timeout"), ("b", False, "success")]
    assert took == pytest.approx(30.01)


def test_a_late_answer_is_marked_too(virtual: Virtual) -> None:
    result, took = virtual(hit("latency", seconds=2))

    assert injected(result) == [("a", True, "success")]
    assert took == pytest.approx(2.01)


def test_an_answer_takes_so_many_times_as_long(virtual: Virtual) -> None:
    result, took = virtual(hit("latency", times=5))

    assert result.value == "a"
    assert took == pytest.approx(0.05)


def test_another_answer_comes_in_place_of_the_models(virtual: Virtual) -> None:
    result, _ = virtual(hit("outcome", value="other"))

    assert (result.value, result.model_used) == ("other", "a")


def test_an_empty_answer_is_a_failure_of_a_chat(virtual: Virtual) -> None:
    result, _ = virtual(hit("empty"))

    assert injected(result) == [("a", True, "failure"), ("b", False, "success")]


def test_garbage_comes_as_an_answer(virtual: Virtual) -> None:
    result, _ = virtual(hit("garbage"))

    assert set(result.value) == {"garbage"}
    assert injected(result) == [("a", True, "success")]


@pytest.mark.parametrize("fault", ["fault", "rate_limited", "quota", "empty"])
def test_a_stream_that_fails_before_its_first_content_goes_on(virtual: Virtual, fault: str) -> None:
    chunks, result, _ = virtual(hit_stream(fault))

    assert chunks == WHOLE_B
    assert injected(result) == [("a", True, "failure"), ("b", False, "success")]


def test_a_stream_that_hangs_goes_on_after_its_limit(virtual: Virtual) -> None:
    chunks, result, took = virtual(hit_stream("hang"))

    assert chunks == WHOLE_B
    assert injected(result)[0] == ("a", True, "timeout")
    assert took > 25


@pytest.mark.parametrize("fault", ["slow_first_chunk", "latency"])
def test_the_first_chunk_comes_later(virtual: Virtual, fault: str) -> None:
    chunks, result, took = virtual(hit_stream(fault, seconds=3))

    assert chunks == WHOLE_A
    assert injected(result) == [("a", True, "success")]
    assert took == pytest.approx(3.04)


def test_each_chunk_takes_so_many_times_as_long(virtual: Virtual) -> None:
    chunks, _, took = virtual(hit_stream("latency", times=5))

    assert chunks == WHOLE_A
    assert took == pytest.approx(0.2)


def test_a_stream_is_cut_after_so_many_chunks(virtual: Virtual) -> None:
    chunks, result, _ = virtual(hit_stream("cut", chunks=2))

    assert chunks == ["a0", "a1", "StreamInterruptedError"]
    assert injected(result) == [("a", True, "failure")]
    assert not result.success


@pytest.mark.parametrize(("fault", "first"), [("outcome", "other"), ("garbage", "{'garbage'")])
def test_a_stream_sends_something_else(virtual: Virtual, fault: str, first: str) -> None:
    settings = {"value": "other"} if fault == "outcome" else {}
    chunks, _, _ = virtual(hit_stream(fault, **settings))

    assert chunks[0].startswith(first)


def test_a_call_of_any_function_is_hit_too(virtual: Virtual) -> None:
    async def run() -> None:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("fault", models=["a"], share=1.0)
            await runtime.call("a", asyncio.sleep, 0.1)

    with pytest.raises(InjectedConnectionError):
        virtual(run())


def test_a_health_check_meets_a_fault_of_every_call(virtual: Virtual) -> None:
    async def run() -> list[ModelStatus]:
        talker = Talker("a")
        model = ModelConfig(id="a", executor=talker, retry=NO_RETRY)
        async with chaotic(model, "b") as runtime:
            runtime.chaos.inject("fault", models=["a"], share=1.0, duration=20)
            found = [await runtime.model("a").check_health() for _ in range(4)]
            runtime.chaos.stop()
            found.append(await runtime.model("a").check_health())
            return found

    statuses = virtual(run())

    assert statuses[3] is ModelStatus.UNAVAILABLE
    assert statuses[4] is ModelStatus.AVAILABLE


def test_the_same_seed_hits_the_same_calls_of_the_same_tasks(virtual: Virtual) -> None:
    async def hits(seed: int) -> list[bool]:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("latency", models=["a"], share=0.3, seconds=1, seed=seed)
            results = [await runtime.execute(TASK) for _ in range(40)]
            return [result.attempts[0].injected for result in results]

    first, again, other = virtual(hits(7)), virtual(hits(7)), virtual(hits(8))

    assert first == again
    assert 5 < sum(first) < 20
    assert first != other


def test_a_stream_whose_reader_leaves_says_what_was_hit_before(virtual: Virtual) -> None:
    async def run() -> TaskResult:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("fault", models=["a"], share=1.0)
            async with runtime.stream(TASK) as stream:
                await anext(aiter(stream))
            assert stream.result is not None
            return stream.result

    assert injected(virtual(run())) == [("a", True, "failure"), ("b", False, "cancelled")]
