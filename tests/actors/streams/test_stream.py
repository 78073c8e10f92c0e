"""A stream from its first chunk to its end, and what happens before the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from hive_resilience import ModelConfig, Plan, RetryConfig, Task
from hive_resilience.actors.calls.scope import deadline_here
from hive_resilience.config import StreamConfig
from hive_resilience.errors import (
    AllModelsFailedError,
    InvalidRequestError,
    ModelTimeoutError,
    RuntimeClosedError,
)
from hive_resilience.snapshots import ModelSnapshot, RateLimitSnapshot
from hive_resilience.testing import run_virtual
from tests.fleet_kit import STEADY, Model, assert_at_rest, fleet, model, outcomes

from .stream_kit import Read, Streaming, read

ROLE = SimpleNamespace(is_content=False, role="assistant")


def read_from(*models: ModelConfig, task: Task | None = None, plan: Plan | None = None) -> Read:
    async def run() -> Read:
        async with fleet(*models) as runtime:
            found = await read(runtime, task, plan=plan)
            assert_at_rest(runtime)
        return found

    return run_virtual(run())


def test_chunks_come_in_order_and_the_result_has_the_whole_text() -> None:
    found = read_from(model("m", Streaming("a", 1.0, "b", 2.0, "c")))
    assert found.chunks == ["a", "b", "c"]
    assert found.result.value == "abc"
    assert found.result.model_used == "m"
    assert outcomes(found.result) == [("m", "success")]
    assert found.result.execution_time == pytest.approx(3.0)


def test_whoever_does_not_stream_sends_one_chunk() -> None:
    assert read_from(model("m", Model("whole"))).chunks == ["whole"]


def test_chunks_pass_through_untouched_whatever_they_are() -> None:
    usage = SimpleNamespace(is_content=False, usage=1)
    script = (ROLE, "a", None, b"b", {"c": 1}, "", usage)
    found = read_from(model("m", Streaming(*script)))
    assert found.chunks == list(script)
    assert found.result.value == "ab{'c': 1}"


def test_a_character_that_bytes_were_cut_in_is_whole_in_the_result() -> None:
    pieces = [bytes([byte]) for byte in "h\u00f6n".encode()]
    assert read_from(model("m", Streaming(*pieces))).result.value == "h\u00f6n"


def test_a_stream_without_content_is_a_success_if_it_has_ended() -> None:
    found = read_from(model("m", Streaming(ROLE)))
    assert found.chunks == [ROLE]
    assert found.result.success
    assert found.result.value == ""


def test_a_failure_before_the_first_content_goes_to_the_next_model() -> None:
    failing = Streaming(ROLE, "", ConnectionError())
    found = read_from(model("bad", failing), model("good", Streaming("a")))
    assert found.chunks == ["a"]
    assert outcomes(found.result) == [("bad", "failure"), ("good", "success")]
    assert found.result.fallback_used


def test_a_failure_before_the_first_content_goes_to_the_next_model_at_once() -> None:
    failing = Streaming(ConnectionError())
    found = read_from(
        model("bad", failing, retry=RetryConfig(max_retries=2)), model("good", Streaming("a"))
    )
    assert failing.calls == 1
    assert found.chunks == ["a"]


def test_a_stream_is_repeated_where_no_other_model_is_left() -> None:
    calls: list[Task] = []

    async def flaky(task: Task) -> AsyncIterator[str]:
        calls.append(task)
        if len(calls) < 3:
            raise ConnectionError
        yield "a"

    found = read_from(model("only", flaky, retry=RetryConfig(max_retries=2)))
    assert (len(calls), found.chunks) == (3, ["a"])


def test_a_late_first_chunk_goes_to_the_next_model() -> None:
    late = Streaming(ROLE, 5.0, ROLE, 6.0, "late")
    found = read_from(
        model("late", late, stream=StreamConfig(first_chunk=10.0)), model("good", Streaming("a"))
    )
    assert found.chunks == ["a"]
    assert outcomes(found.result) == [("late", "timeout"), ("good", "success")]
    error = found.result.attempts[0].error
    assert isinstance(error, ModelTimeoutError)
    assert (error.kind, error.limit) == ("first_chunk", 10.0)
    assert found.result.execution_time == pytest.approx(10.0)
    assert late.running == 0


def test_the_first_chunk_has_the_attempts_limit_where_nothing_is_said() -> None:
    found = read_from(model("late", Streaming(9.0, "late"), timeout=4.0))
    assert isinstance(found.error, AllModelsFailedError)
    assert found.result.execution_time == pytest.approx(4.0)


def test_an_error_of_the_request_is_raised_as_it_is_and_nobody_else_is_asked() -> None:
    other = Streaming("a")
    found = read_from(model("m", Streaming(InvalidRequestError("no"))), model("other", other))
    assert isinstance(found.error, InvalidRequestError)
    assert other.calls == 0


def test_a_stream_that_nobody_serves_raises_what_a_task_would() -> None:
    found = read_from(model("m", Streaming(ConnectionError())))
    assert isinstance(found.error, AllModelsFailedError)
    assert found.result.error is found.error


def test_the_task_has_one_deadline_for_all_its_models() -> None:
    slow = StreamConfig(first_chunk=4.0)
    found = read_from(
        model("a", Streaming(9.0), stream=slow),
        model("b", Streaming(9.0), stream=slow),
        task=Task("prompt", timeout=6.0),
    )
    assert isinstance(found.error, ModelTimeoutError)
    assert found.error.kind == "task"
    assert found.result.execution_time == pytest.approx(6.0)


def test_what_a_stream_calls_has_no_more_time_than_the_task() -> None:
    seen: list[float] = []

    async def asks(task: Task) -> AsyncIterator[str]:
        seen.append(deadline_here())
        yield "a"

    read_from(model("m", asks), task=Task("prompt", timeout=7.0))
    assert seen == [pytest.approx(7.0)]


def test_a_stream_keeps_to_its_plan() -> None:
    found = read_from(
        model("a", Streaming("a")), model("b", Streaming("b")), plan=Plan("b", ("a",))
    )
    assert found.chunks == ["b"]


def test_success_is_counted_with_the_time_to_the_first_content_and_chunks_a_second() -> None:
    async def run() -> ModelSnapshot:
        async with fleet(model("m", Streaming(ROLE, 2.0, "a", 1.0, "b", 1.0, "c"))) as runtime:
            await read(runtime)
            return runtime.snapshot().models["m"]

    found = run_virtual(run())
    assert (found.metrics.successes, found.metrics.streams) == (1, 1)
    assert found.metrics.first_chunk.max == pytest.approx(2.0)
    assert found.metrics.latency.max == pytest.approx(2.0)
    assert found.metrics.chunks_per_second.max == pytest.approx(1.0)
    assert found.budget.deposited == 1


def test_limits_in_every_chunk_and_the_usage_in_the_last_are_heard_once() -> None:
    limits = {"x-ratelimit-limit-tokens": "60000", "x-ratelimit-remaining-tokens": "40000"}
    chunks = [SimpleNamespace(rate_limits=limits, usage={}) for _ in range(3)]
    last = SimpleNamespace(rate_limits=limits, usage={"total_tokens": 1000}, is_content=False)

    async def run() -> RateLimitSnapshot:
        async with fleet(model("m", Streaming(*chunks, last))) as runtime:
            await read(runtime)
            return runtime.snapshot().models["m"].rate_limit

    found = run_virtual(run())
    assert (found.tokens_limit, found.tokens_left) == (60_000, 39_000)


def test_nothing_is_counted_before_the_end() -> None:
    async def run() -> None:
        async with fleet(model("m", Streaming("a", 5.0))) as runtime:
            async with runtime.stream(Task("prompt")) as stream:
                assert await anext(stream) == "a"
                snapshot = runtime.snapshot().models["m"]
                assert (snapshot.metrics.successes, snapshot.under_way) == (0, 1)
                with pytest.raises(RuntimeError, match="not over yet"):
                    _ = stream.result
                with pytest.raises(StopAsyncIteration):
                    await anext(stream)
            assert runtime.snapshot().models["m"].metrics.successes == 1

    run_virtual(run())


def test_one_reader_at_a_time() -> None:
    async def run() -> None:
        import asyncio

        async with (
            fleet(model("m", Streaming(1.0, "a"))) as runtime,
            runtime.stream(Task("prompt")) as stream,
        ):
            first = asyncio.create_task(stream.__anext__())
            await asyncio.sleep(0.5)
            with pytest.raises(RuntimeError, match="another reader"):
                await anext(stream)
            assert await first == "a"

    run_virtual(run())


def test_a_stream_is_refused_where_a_task_would_be() -> None:
    async def run() -> None:
        runtime = fleet(model("m", Streaming("a")))
        with pytest.raises(RuntimeClosedError):
            runtime.stream(Task("prompt"))
        async with runtime:
            with pytest.raises(InvalidRequestError):
                runtime.stream(Task("prompt"), strategy="fastest")
            with pytest.raises(InvalidRequestError):
                runtime.stream("prompt")  # type: ignore[arg-type]
            stream = runtime.stream(Task("prompt"))
        with pytest.raises(RuntimeClosedError):
            await anext(stream)

    run_virtual(run())


def test_a_stream_that_is_never_read_starts_nothing() -> None:
    async def run() -> None:
        streaming = Streaming("a")
        async with fleet(model("m", streaming)) as runtime:
            stream = runtime.stream(Task("prompt"))
            await stream.aclose()
        assert streaming.calls == 0

    run_virtual(run())


def test_an_answer_in_chunks_is_retried_by_the_models_settings() -> None:
    flaky = Streaming(ConnectionError())
    found = read_from(model("m", flaky, retry=STEADY))
    assert flaky.calls == 4
    assert found.result.retry_count == 3
