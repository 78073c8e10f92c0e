"""A guard as a decorator, and in the hands of an operator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from math import inf
from typing import TypeVar

import pytest

from hive_resilience.actors.policies.breaker.states import IllegalTransitionError
from hive_resilience.actors.policies.outcomes.errors import CircuitBreakerError, InvalidRequestError
from hive_resilience.config import CircuitBreakerConfig
from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard

from .guard_kit import Clock, double, fail

T = TypeVar("T")


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


def test_a_disabled_one_lets_everything_pass_and_counts_nothing(guard: CircuitBreakerGuard) -> None:
    guard.disable()

    fail(guard, 5)

    assert (guard.state, guard.snapshot().calls) == ("disabled", 0)
    guard.reset()
    assert guard.state == "closed"


def test_one_for_metrics_only_counts_and_never_opens(guard: CircuitBreakerGuard) -> None:
    guard.metrics_only()

    fail(guard, 5)

    assert (guard.state, guard.snapshot().failed) == ("metrics_only", 5)


def test_one_that_is_off_by_its_settings_stays_so() -> None:
    guard = CircuitBreakerGuard(CircuitBreakerConfig(enabled=False))

    fail(guard, 9)

    assert (guard.state, guard.snapshot().calls) == ("disabled", 0)
    guard.reset()
    assert guard.state == "disabled"


def test_the_last_failure_has_its_time_until_a_reset(guard: CircuitBreakerGuard) -> None:
    assert guard.last_failure_at is None
    fail(guard, 1, InvalidRequestError)
    assert guard.last_failure_at is None

    before = datetime.now(UTC)
    fail(guard)

    assert guard.last_failure_at is not None
    assert before <= guard.last_failure_at <= datetime.now(UTC)
    guard.reset()
    assert guard.last_failure_at is None
