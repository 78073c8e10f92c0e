"""The breaker without a runtime, on clocks that move only when told."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import TypeVar

import pytest

from hive_resilience.actors.guard import CircuitBreakerGuard
from hive_resilience.actors.policies.breaker_events import IllegalTransitionError
from hive_resilience.actors.policies.errors import (
    CircuitBreakerError,
    InvalidRequestError,
    ModelTimeoutError,
    RateLimitedError,
)
from hive_resilience.config import CircuitBreakerConfig

from .conftest import run_on

T = TypeVar("T")
SETTINGS = CircuitBreakerConfig(failure_threshold=2, success_threshold=1, recovery_jitter=0.0)
LIMITED = SETTINGS.model_copy(update={"timeout": 10.0})


class Clock:
    """Monotonic seconds that stand still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> CircuitBreakerGuard:
    return CircuitBreakerGuard(SETTINGS, name="search", clock=clock)


def fail(guard: CircuitBreakerGuard, times: int = 1, error: type[Exception] = OSError) -> None:
    def failing() -> None:
        raise error("down")

    for _ in range(times):
        with pytest.raises(error):
            guard.call(failing)


async def double(number: int, *, plus: int = 0) -> int:
    return 2 * number + plus


# Calls.


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


# Cancellation and time.


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


# Decorators.


def test_a_decorated_function_keeps_its_signature_and_its_name(guard: CircuitBreakerGuard) -> None:
    def search(text: str, *, limit: int = 3) -> str:
        """Find it."""
        return text[:limit]

    guarded = guard(search)

    assert guarded("lions", limit=2) == "li"
    assert inspect.signature(guarded) == inspect.signature(search)
    assert (guarded.__name__, guarded.__doc__) == ("search", "Find it.")


def test_a_decorated_async_function_is_still_one(guard: CircuitBreakerGuard) -> None:
    guarded = guard(double)

    assert inspect.iscoroutinefunction(guarded)
    assert inspect.signature(guarded) == inspect.signature(double)
    assert asyncio.run(guarded(2, plus=1)) == 5
    assert guard.snapshot().calls == 1


def test_decorated_methods_of_all_instances_share_the_breaker(guard: CircuitBreakerGuard) -> None:
    class Client:
        def __init__(self, factor: int) -> None:
            self.factor = factor

        @guard
        def times(self, number: int) -> int:
            return self.factor * number

        @guard
        async def slowly(self, number: int) -> int:
            return self.factor * number

    assert Client(2).times(3) == 6
    assert asyncio.run(Client(4).slowly(3)) == 12
    assert guard.snapshot().calls == 2
    guard.force_open()
    with pytest.raises(CircuitBreakerError):
        Client(2).times(3)


def test_generators_cannot_be_decorated(guard: CircuitBreakerGuard) -> None:
    async def chunks() -> AsyncIterator[str]:
        yield "a"

    with pytest.raises(TypeError, match="chunks is a generator"):
        guard(chunks)


# Operators.


def test_a_forced_open_one_refuses_until_reset_and_knows_no_wait(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    guard.force_open()
    clock.now += 1e9

    with pytest.raises(CircuitBreakerError) as caught:
        guard.call(int)

    assert (caught.value.state, caught.value.retry_after) == ("forced_open", None)
    assert guard.snapshot().retry_after == inf
    guard.reset()
    assert guard.call(int) == 0


def test_trip_opens_it_for_a_recovery_timeout(guard: CircuitBreakerGuard, clock: Clock) -> None:
    guard.trip("maintenance window")

    assert guard.state == "open"
    clock.now += 60.0
    assert guard.state == "half_open"


def test_trip_is_illegal_where_an_operator_has_forced_it_open(guard: CircuitBreakerGuard) -> None:
    guard.force_open()

    with pytest.raises(IllegalTransitionError):
        guard.trip()


def test_an_open_one_can_be_reset(guard: CircuitBreakerGuard) -> None:
    fail(guard, 2)

    guard.reset()

    assert (guard.state, guard.snapshot().failures_in_row) == ("closed", 0)


# Threads.


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
