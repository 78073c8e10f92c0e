"""The breaker without a runtime, on clocks that move only when told."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    CircuitBreakerError,
    InvalidRequestError,
    RateLimitedError,
)
from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard

from .guard_kit import SETTINGS, Clock, double, fail


def test_execute_awaits_the_function_with_its_arguments(guard: CircuitBreakerGuard) -> None:
    assert asyncio.run(guard.execute(double, 3, plus=1)) == 7

    assert guard.snapshot().calls == 1


def test_execute_runs_a_blocking_function_in_another_thread(guard: CircuitBreakerGuard) -> None:
    assert asyncio.run(guard.execute(threading.get_ident)) != threading.get_ident()


def test_execute_awaits_what_a_blocking_function_hands_back(guard: CircuitBreakerGuard) -> None:
    def later() -> Awaitable[int]:
        return double(4)

    assert asyncio.run(guard.execute(later)) == 8


def test_execute_takes_a_partial_and_an_object_with_an_async_call(
    guard: CircuitBreakerGuard,
) -> None:
    class Client:
        async def __call__(self, number: int) -> int:
            return number

    assert asyncio.run(guard.execute(functools.partial(double, 5))) == 10
    assert asyncio.run(guard.execute(Client(), 6)) == 6


def test_call_runs_the_function_in_the_callers_thread(guard: CircuitBreakerGuard) -> None:
    assert guard.call(threading.get_ident) == threading.get_ident()


def test_call_refuses_an_async_function_and_counts_nothing(guard: CircuitBreakerGuard) -> None:
    with pytest.raises(TypeError, match="double is async: use `await guard"):
        _ = guard.call(double, 3)

    assert guard.snapshot().calls == 0


def test_a_call_that_is_never_awaited_takes_no_permit(clock: Clock) -> None:
    guard = CircuitBreakerGuard(SETTINGS, clock=clock)
    fail(guard, 2)
    clock.now += 60.0

    guard.execute(double, 1).close()

    assert guard.call(int) == 0


# Opening and closing.


def test_failures_in_a_row_open_it_and_each_raises_its_own_error(
    guard: CircuitBreakerGuard,
) -> None:
    fail(guard, 2)

    assert guard.state == "open"


def test_while_open_the_function_is_not_called(guard: CircuitBreakerGuard, clock: Clock) -> None:
    called: list[int] = []
    fail(guard, 2)
    clock.now += 20.0

    with pytest.raises(CircuitBreakerError) as caught:
        guard.call(called.append, 1)

    assert called == []
    assert (caught.value.state, caught.value.retry_after) == ("open", 40.0)
    assert caught.value.model_id == "search"
    assert str(caught.value) == "the circuit breaker of search is open; try again in 40 s"


def test_execute_raises_the_same_error_while_open(guard: CircuitBreakerGuard) -> None:
    fail(guard, 2)

    with pytest.raises(CircuitBreakerError) as caught:
        asyncio.run(guard.execute(double, 1))

    assert caught.value.retry_after == 60.0


def test_who_waits_as_long_as_it_was_told_is_admitted(clock: Clock) -> None:
    guard = CircuitBreakerGuard(SETTINGS.model_copy(update={"recovery_jitter": 1.0}), clock=clock)
    fail(guard, 2)
    with pytest.raises(CircuitBreakerError) as caught:
        guard.call(int)
    assert caught.value.retry_after is not None

    clock.now += caught.value.retry_after

    assert guard.call(int) == 0
    assert guard.state == "closed"


def test_a_failed_trial_opens_it_again_for_twice_as_long(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    fail(guard, 2)
    clock.now += 60.0

    fail(guard)

    assert guard.snapshot().retry_after == 120.0


def test_half_open_lets_one_async_trial_through_at_a_time(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    async def scenario() -> None:
        fail(guard, 2)
        clock.now += 60.0
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def slow() -> int:
            return await answer

        trial = asyncio.create_task(guard.execute(slow))
        await asyncio.sleep(0)
        with pytest.raises(CircuitBreakerError) as caught:
            await guard.execute(double, 1)
        assert caught.value.state == "half_open"
        answer.set_result(1)
        assert await trial == 1
        assert guard.state == "closed"

    asyncio.run(scenario())


def test_the_requests_own_fault_counts_as_nothing(guard: CircuitBreakerGuard) -> None:
    fail(guard, 5, InvalidRequestError)

    assert (guard.state, guard.snapshot().calls) == ("closed", 0)


def test_a_retry_after_parks_it_and_the_error_says_so(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    def busy() -> None:
        raise RateLimitedError("slow down", retry_after=7.0)

    with pytest.raises(RateLimitedError, match="slow down"):
        guard.call(busy)

    with pytest.raises(RateLimitedError, match="search is rate-limited") as caught:
        guard.call(int)
    assert caught.value.retry_after == 7.0
    clock.now += 7.0
    assert guard.call(int) == 0


@pytest.mark.parametrize("ends", [StopIteration, GeneratorExit])
def test_a_blocking_function_that_raises_what_ends_a_generator_fails(
    guard: CircuitBreakerGuard, ends: type[BaseException]
) -> None:
    def exhausted() -> None:
        raise ends

    async def main() -> None:
        async with asyncio.timeout(5.0):
            with pytest.raises(RuntimeError, match=f"exhausted raised {ends.__name__}"):
                await guard.execute(exhausted)

    asyncio.run(main())
    assert guard.snapshot().failed == 1
