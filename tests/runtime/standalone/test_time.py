"""Cancellation, timeouts and threads at a guard."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hive_resilience.actors.policies.outcomes.errors import CircuitBreakerError, ModelTimeoutError
from hive_resilience.config import CircuitBreakerConfig
from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard

from ...conftest import run_on
from .guard_kit import LIMITED, Clock, double, fail


def test_a_cancelled_call_counts_as_nothing(guard: CircuitBreakerGuard) -> None:
    async def scenario() -> None:
        task = asyncio.create_task(guard.execute(asyncio.sleep, 1000))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for _ in range(5):
        asyncio.run(scenario())

    assert (guard.state, guard.snapshot().calls) == ("closed", 0)


def test_a_cancelled_trial_gives_its_place_back(guard: CircuitBreakerGuard, clock: Clock) -> None:
    async def scenario() -> int:
        fail(guard, 2)
        clock.now += 60.0
        trial = asyncio.create_task(guard.execute(asyncio.sleep, 1000))
        await asyncio.sleep(0)
        trial.cancel()
        await asyncio.wait([trial])
        return await guard.execute(double, 1)

    assert asyncio.run(scenario()) == 2


def test_an_interrupted_blocking_call_counts_as_nothing(guard: CircuitBreakerGuard) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guard.call(interrupted)

    assert guard.snapshot().calls == 0


def test_the_timeout_ends_an_async_call_and_counts_as_a_failure(
    loop: asyncio.AbstractEventLoop,
) -> None:
    guard = CircuitBreakerGuard(LIMITED, name="search", clock=loop.time)

    with pytest.raises(ModelTimeoutError, match="search did not answer within 10 s") as caught:
        run_on(loop, guard.execute(asyncio.sleep, 1000))

    assert loop.time() == 10.0
    assert (caught.value.kind, caught.value.limit, caught.value.model_id) == (
        "attempt",
        10.0,
        "search",
    )
    assert guard.snapshot().failures_in_row == 1


def test_a_trial_that_runs_into_the_timeout_opens_it_again(
    loop: asyncio.AbstractEventLoop,
) -> None:
    guard = CircuitBreakerGuard(LIMITED, clock=loop.time)
    fail(guard, 2)
    run_on(loop, asyncio.sleep(60.0))

    with pytest.raises(ModelTimeoutError):
        run_on(loop, guard.execute(asyncio.sleep, 1000))

    assert guard.state == "open"


def test_a_trial_without_a_timeout_may_take_longer_than_an_attempt_usually_does(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    def slow() -> None:
        clock.now += 200.0

    fail(guard, 2)
    clock.now += 60.0

    guard.call(slow)

    assert guard.state == "closed"


def test_the_functions_own_timeout_error_passes_unchanged(loop: asyncio.AbstractEventLoop) -> None:
    async def late() -> None:
        raise TimeoutError("mine")

    guard = CircuitBreakerGuard(LIMITED, clock=loop.time)

    with pytest.raises(TimeoutError, match="mine") as caught:
        run_on(loop, guard.execute(late))

    assert type(caught.value) is TimeoutError


def test_threads_that_share_it_lose_no_count() -> None:
    guard = CircuitBreakerGuard(CircuitBreakerConfig(window=4000, failure_threshold=1_000_000))
    ready = threading.Barrier(4)

    def work(_: int) -> None:
        ready.wait(10)
        for number in range(500):
            if number % 10:
                guard.call(int)
            else:
                fail(guard)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    snapshot = guard.snapshot()
    assert (snapshot.calls, snapshot.failed) == (2000, 200)


def test_half_open_lets_one_of_many_threads_through(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    admitted, others_done = threading.Event(), threading.Event()
    fail(guard, 2)
    clock.now += 60.0

    def trial() -> None:
        admitted.set()
        assert others_done.wait(10)

    def refused(_: int) -> bool:
        with pytest.raises(CircuitBreakerError):
            guard.call(int)
        return True

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(guard.call, trial)
        assert admitted.wait(10)
        assert all(pool.map(refused, range(8)))
        others_done.set()
        first.result(10)

    assert guard.state == "closed"
