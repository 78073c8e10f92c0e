"""What a caller of `retry` can watch, and which functions it takes."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from hive_resilience.config import RetryConfig
from hive_resilience.runtime.standalone.retry import RetryStatistics, retry

from ...conftest import run_on
from .retry_kit import PLAIN, Model, flaky

T = TypeVar("T")


def test_statistics_add_up_over_calls(loop: asyncio.AbstractEventLoop) -> None:
    statistics = RetryStatistics()

    for failures in (0, 2):
        run_on(loop, retry(Model(*flaky(failures)), PLAIN, statistics=statistics))
    with pytest.raises(ValueError, match="wrong"):
        run_on(loop, retry(Model(ValueError("wrong")), PLAIN, statistics=statistics))

    seen = statistics.snapshot()
    assert (seen.calls, seen.attempts, seen.retries) == (3, 5, 2)
    assert (seen.successes, seen.failures) == (2, 1)
    assert (seen.total_delay, seen.last_error) == (3.0, "ValueError")


def test_statistics_tell_averages_and_the_most(loop: asyncio.AbstractEventLoop) -> None:
    statistics = RetryStatistics()
    for failures in (0, 3, 0):
        run_on(loop, retry(Model(*flaky(failures)), PLAIN, statistics=statistics))

    seen = statistics.snapshot()
    assert (seen.average_retries, seen.most_retries) == (1.0, 3)
    assert seen.average_delay == pytest.approx(7.0 / 3)


def test_statistics_of_nothing_are_nothing() -> None:
    seen = RetryStatistics().snapshot()

    assert (seen.average_retries, seen.most_retries, seen.average_delay) == (0.0, 0, 0.0)
    assert RetryStatistics().snapshot(60.0) == seen


def test_a_window_sees_the_calls_that_ended_in_it(loop: asyncio.AbstractEventLoop) -> None:
    statistics = RetryStatistics(clock=loop.time)
    run_on(loop, retry(Model(*flaky(2)), PLAIN, statistics=statistics))
    run_on(loop, asyncio.sleep(100.0))
    with pytest.raises(ValueError, match="wrong"):
        run_on(loop, retry(Model(ValueError("wrong")), PLAIN, statistics=statistics))

    recent = statistics.snapshot(window=60.0)
    assert (recent.calls, recent.attempts, recent.retries) == (1, 1, 0)
    assert (recent.successes, recent.failures, recent.last_error) == (0, 1, "ValueError")
    whole = statistics.snapshot(window=1000.0)
    assert whole == statistics.snapshot()
    assert (whole.calls, whole.most_retries, whole.average_delay) == (2, 2, 1.5)


def test_statistics_can_begin_again(loop: asyncio.AbstractEventLoop) -> None:
    statistics = RetryStatistics()
    run_on(loop, retry(Model(*flaky(1)), PLAIN, statistics=statistics))

    statistics.reset()

    assert statistics.snapshot() == RetryStatistics().snapshot()
    assert statistics.snapshot(window=60.0).calls == 0


def test_a_window_sees_the_last_thousand_calls(loop: asyncio.AbstractEventLoop) -> None:
    statistics = RetryStatistics()

    async def main() -> None:
        for _ in range(1_001):
            await retry(Model(), statistics=statistics)

    run_on(loop, main())
    assert statistics.snapshot(window=1e9).calls == 1_000
    assert statistics.snapshot().calls == 1_001


def test_a_listener_is_told_of_each_retry(loop: asyncio.AbstractEventLoop) -> None:
    told: list[tuple[int, str, float]] = []

    def note(number: int, error: BaseException, delay: float) -> None:
        told.append((number, str(error), delay))

    run_on(loop, retry(Model(*flaky(2)), PLAIN, on_retry=note))

    assert told == [(1, "reset 0", 1.0), (2, "reset 1", 2.0)]


def test_a_listener_that_fails_is_logged_and_harms_nobody(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(number: int, error: BaseException, delay: float) -> None:
        raise RuntimeError("listener")

    assert run_on(loop, retry(Model(*flaky(1)), PLAIN, on_retry=fail)) == "answer"

    assert caplog.messages == ["on_retry failed"]


def test_a_blocking_function_runs_in_a_thread_of_its_own() -> None:
    assert asyncio.run(retry(threading.get_ident)) != threading.get_ident()


def test_a_blocking_function_is_retried_too() -> None:
    failures = flaky(2)

    def ask() -> str:
        if failures:
            raise failures.pop()
        return "answer"

    config = RetryConfig(base_delay=0.0)
    assert asyncio.run(retry(ask, config, timeout=30.0)) == "answer"
    assert failures == []


async def _say(text: str) -> str:
    return text


def _lambda() -> Awaitable[str]:
    return _say("answer")


@pytest.mark.parametrize("fn", [functools.partial(_say, "answer"), _lambda])
def test_partials_and_functions_that_return_an_awaitable_are_awaited(
    fn: Callable[[], Awaitable[str]],
) -> None:
    assert asyncio.run(retry(fn)) == "answer"
