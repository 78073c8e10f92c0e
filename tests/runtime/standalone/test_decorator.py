"""A guard as a decorator, and in the hands of an operator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from math import inf
from typing import TypeVar

import pytest

from hive_resilience.actors.policies.breaker.states import IllegalTransitionError
from hive_resilience.actors.policies.outcomes.errors import CircuitBreakerError
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
