"""What an executor in a worker process answers, raises and remembers."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hive_resilience import ModelConfig, ModelStatus, Runtime, Task, TaskResult
from hive_resilience.config import BulkheadConfig, HealthCheckConfig
from hive_resilience.config.settings.model import WORKERS
from hive_resilience.errors import (
    ConfigurationError,
    InvalidRequestError,
    ModelUnavailableError,
    RateLimitedError,
)

from ....fleet_kit import assert_at_rest, fleet, model
from .process_kit import Counting, Unloadable, act, async_act, blocking_stream, stream


def isolated(executor: object, **settings: Any) -> ModelConfig:
    return model("native", executor, isolation="process", **settings)


def ask(runtime: Runtime, payload: object) -> TaskResult:
    return runtime.submit(Task(payload)).result(timeout=30)


async def health_of(runtime: Runtime) -> ModelStatus:
    return await runtime.model("native").check_health()


def error_of(result: TaskResult) -> BaseException:
    error = result.attempts[-1].error
    assert error is not None
    return error


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """One for all tests that leave its worker as it was."""
    with fleet(isolated(act)) as runtime:
        yield runtime
        assert_at_rest(runtime)


def test_it_answers_from_one_other_process_call_after_call(runtime: Runtime) -> None:
    pids = {ask(runtime, "pid").unwrap() for _ in range(3)}

    assert len(pids) == 1
    assert os.getpid() not in pids


def test_its_error_arrives_with_the_traceback_of_its_process(runtime: Runtime) -> None:
    error = error_of(ask(runtime, "value error"))

    assert (type(error), error.args) == (ValueError, ("a value",))
    assert any("in act" in note for note in error.__notes__)


def test_an_error_of_ours_keeps_what_it_says(runtime: Runtime) -> None:
    error = error_of(ask(runtime, "rate limited"))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 3.0


def test_an_error_that_cannot_be_sent_arrives_as_one_that_means_the_same(runtime: Runtime) -> None:
    runtime.model("native").reset()

    error = error_of(ask(runtime, "client error"))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 7.0
    assert str(error) == "the executor raised ClientError"


def test_an_exit_of_the_executor_is_a_failed_attempt(runtime: Runtime) -> None:
    runtime.model("native").reset()

    error = error_of(ask(runtime, "exit"))

    assert isinstance(error, ModelUnavailableError)
    assert "SystemExit" in str(error)


def test_an_answer_that_cannot_be_sent_is_an_error_that_names_its_class(runtime: Runtime) -> None:
    error = error_of(ask(runtime, "lock"))

    assert isinstance(error, TypeError)
    assert "answered with lock, which cannot be sent from its worker process" in str(error)


def test_a_task_that_cannot_be_sent_is_the_fault_of_the_task(runtime: Runtime) -> None:
    before = runtime.snapshot().models["native"].breaker

    error = error_of(ask(runtime, threading.Lock()))

    assert isinstance(error, InvalidRequestError)
    after = runtime.snapshot().models["native"].breaker
    assert (after.failures_in_row, after.failed) == (before.failures_in_row, before.failed)


def test_the_calls_of_an_async_executor_share_one_loop() -> None:
    with fleet(isolated(async_act)) as runtime:
        loops = {ask(runtime, "").unwrap() for _ in range(3)}

    assert len(loops) == 1


@pytest.mark.parametrize("executor", [stream, blocking_stream])
def test_the_chunks_of_a_generator_arrive_together(executor: object) -> None:
    with fleet(isolated(executor)) as runtime:
        assert ask(runtime, "").unwrap() == "two chunks"
        assert list(runtime.stream(Task(""))) == ["two chunks"]


def test_an_object_keeps_its_state_gets_its_context_and_is_probed_there() -> None:
    executor = Counting()
    quiet = HealthCheckConfig(interval=1000, retries=0)
    with fleet(isolated(executor, health_check=quiet)) as runtime:
        assert ask(runtime, "").unwrap() == (1, "native", 1, True)
        assert ask(runtime, "").unwrap() == (2, "native", 1, True)
        assert ask(runtime, "").unwrap() == (3, "native", 1, True)
        status = asyncio.run(health_of(runtime))

    assert status is ModelStatus.AVAILABLE
    assert executor.calls == 0


def test_a_worker_is_replaced_after_as_many_calls_as_the_model_says() -> None:
    with fleet(isolated(act, calls_per_worker=2)) as runtime:
        first, second, third = (ask(runtime, "pid").unwrap() for _ in range(3))

    assert first == second != third


def test_an_executor_that_cannot_be_loaded_there_says_why() -> None:
    with fleet(isolated(Unloadable())) as runtime:
        error = error_of(ask(runtime, ""))

    assert isinstance(error, ModelUnavailableError)
    assert "no weights here" in str(error)


NO_NAME: Callable[[object], object] = lambda task: task  # noqa: E731


@pytest.mark.parametrize("executor", [NO_NAME, threading.Lock().__enter__])
def test_an_executor_that_cannot_be_sent_is_refused_at_the_start(executor: object) -> None:
    runtime = fleet(isolated(executor))

    with pytest.raises(ConfigurationError, match="cannot be sent to a process") as refused, runtime:
        pass

    assert refused.value.key == "models.native.executor"


def test_without_pebble_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pebble", None)

    with (
        pytest.raises(ConfigurationError, match=r"hive-resilience\[process\]"),
        fleet(isolated(act)),
    ):
        pass


@pytest.mark.parametrize(
    ("bulkhead", "most"),
    [
        (BulkheadConfig(), WORKERS),
        (BulkheadConfig(max_queue=3), WORKERS),
        (BulkheadConfig(max_concurrent=100), 100),
    ],
)
def test_calls_in_flight_are_few_unless_the_bulkhead_says_how_many(
    bulkhead: BulkheadConfig, most: int
) -> None:
    config = isolated(act, bulkhead=bulkhead)

    assert config.bulkhead == BulkheadConfig(max_concurrent=most, max_queue=bulkhead.max_queue)
    assert bulkhead.max_concurrent == 100
