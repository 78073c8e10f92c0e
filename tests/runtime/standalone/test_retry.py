"""Retrying without a runtime, on a clock that jumps instead of running."""

from __future__ import annotations

import asyncio
import random
from typing import TypeVar

import pytest

from hive_resilience.actors.policies.outcomes import errors
from hive_resilience.config import Jitter, RetryConfig
from hive_resilience.runtime.standalone.retry import RetryStatistics, retry

from ...conftest import run_on
from .retry_kit import PLAIN, Model, flaky

T = TypeVar("T")


def test_a_first_success_is_returned_without_a_wait(loop: asyncio.AbstractEventLoop) -> None:
    model = Model()

    assert run_on(loop, retry(model)) == "answer"

    assert model.asked_at == [0.0]


def test_a_failing_function_is_asked_again_after_growing_delays(
    loop: asyncio.AbstractEventLoop,
) -> None:
    model = Model(*flaky(3))

    assert run_on(loop, retry(model, PLAIN)) == "answer"

    assert model.asked_at == [0.0, 1.0, 3.0, 7.0]


def test_delays_are_drawn_by_chance(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.25)
    model = Model(*flaky(2))

    run_on(loop, retry(model))

    assert model.asked_at == [0.0, 0.25, 0.75]


def test_decorrelated_delays_build_on_the_one_before(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.5)
    model = Model(*flaky(3))

    run_on(loop, retry(model, RetryConfig(jitter=Jitter.DECORRELATED)))

    assert model.asked_at == [0.0, 2.0, 5.5, 11.25]


def test_used_up_attempts_end_in_an_error_that_names_the_last_one(
    loop: asyncio.AbstractEventLoop,
) -> None:
    failures = flaky(9)
    last = failures[3]
    model = Model(*failures)

    with pytest.raises(errors.RetryExhaustedError, match="attempt 4 of 4") as caught:
        run_on(loop, retry(model, PLAIN))

    assert caught.value.last_error is caught.value.__cause__ is last
    assert caught.value.max_retries == 3
    assert len(model.asked_at) == 4


def test_an_error_that_no_retry_helps_is_raised_itself(loop: asyncio.AbstractEventLoop) -> None:
    error = errors.InvalidRequestError("wrong")
    model = Model(error)

    with pytest.raises(errors.InvalidRequestError) as caught:
        run_on(loop, retry(model, RetryConfig(max_retries=0)))

    assert caught.value is error
    assert len(model.asked_at) == 1


def test_a_retry_that_could_not_start_in_time_leaves_the_error_itself(
    loop: asyncio.AbstractEventLoop,
) -> None:
    model = Model(*flaky(9))

    with pytest.raises(ConnectionError, match="reset 1"):
        run_on(loop, retry(model, PLAIN, timeout=3.0))

    assert model.asked_at == [0.0, 1.0]


def test_a_retry_after_that_is_too_long_leaves_the_error_itself(
    loop: asyncio.AbstractEventLoop,
) -> None:
    with pytest.raises(errors.RateLimitedError):
        run_on(loop, retry(Model(errors.RateLimitedError("busy", retry_after=3600))))


def test_one_deadline_covers_attempts_and_waits(loop: asyncio.AbstractEventLoop) -> None:
    model = Model(*flaky(9), takes=2.0)

    with pytest.raises(errors.ModelTimeoutError, match="in attempt 2") as caught:
        run_on(loop, retry(model, PLAIN, timeout=4.0))

    assert (caught.value.kind, caught.value.limit) == ("task", 4.0)
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert model.asked_at == [0.0, 3.0]
    assert loop.time() == 4.0


def test_a_first_attempt_that_hangs_ends_at_the_timeout(loop: asyncio.AbstractEventLoop) -> None:
    with pytest.raises(errors.ModelTimeoutError) as caught:
        run_on(loop, retry(Model(takes=1e6), timeout=4.0))

    assert isinstance(caught.value.__cause__, TimeoutError)
    assert loop.time() == 4.0


def test_a_timeout_of_the_function_itself_is_retried_and_not_taken_for_ours(
    loop: asyncio.AbstractEventLoop,
) -> None:
    wrong = RetryConfig(max_retries=1, base_delay=50.0, jitter=Jitter.NONE)

    assert run_on(loop, retry(Model(TimeoutError("slow")), PLAIN, timeout=9.0)) == "answer"
    with pytest.raises(TimeoutError, match="slow") as caught:
        run_on(loop, retry(Model(TimeoutError("slow")), wrong, timeout=9.0))

    assert type(caught.value) is TimeoutError


def test_a_cancellation_goes_on_at_once(loop: asyncio.AbstractEventLoop) -> None:
    model = Model(takes=100.0)
    statistics = RetryStatistics()

    async def cancel_later() -> None:
        task = asyncio.ensure_future(retry(model, statistics=statistics))
        await asyncio.sleep(1.0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        run_on(loop, cancel_later())

    assert loop.time() == 1.0
    assert (statistics.calls, statistics.failures, statistics.retries) == (1, 1, 0)


def test_a_blocking_function_that_raises_stop_iteration_fails_and_does_not_hang() -> None:
    def exhausted() -> object:
        return next(iter(()))

    async def main() -> None:
        async with asyncio.timeout(5.0):
            await retry(exhausted, RetryConfig(max_retries=0))

    with pytest.raises(RuntimeError, match="exhausted raised StopIteration"):
        asyncio.run(main())
