"""A permit is settled once, in one of three ways, and says who asked for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.permit import Permit, PermitSettledError
from hive_resilience.config import CircuitBreakerConfig

from .breaker_kit import BROKEN, permit

Settle = Callable[[Permit], bool]

WAYS: dict[str, Settle] = {
    "success": lambda once: once.success(0.0),
    "failure": lambda once: once.failure(0.0, BROKEN),
    "ignore": lambda once: once.ignore(0.0),
}


@pytest.mark.parametrize("first", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("again", WAYS.values(), ids=WAYS)
def test_a_permit_is_settled_once_whichever_way(first: Settle, again: Settle) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    once = permit(breaker, 0.0)
    assert once.settled is False
    first(once)
    assert once.settled is True
    before = breaker.snapshot(0.0)
    with pytest.raises(PermitSettledError):
        again(once)
    assert breaker.snapshot(0.0) == before


def test_a_permit_past_an_open_breaker_is_not_settled_either() -> None:
    assert CircuitBreaker(CircuitBreakerConfig()).uncounted().settled is False


def test_the_refusal_says_what_to_call() -> None:
    assert str(PermitSettledError()) == (
        "this permit is settled already; "
        "call exactly one of success(), failure() and ignore(), once"
    )


@pytest.mark.parametrize(("way", "counted"), [("success", 0), ("failure", 1)])
def test_a_call_whose_duration_is_not_given_is_quick(way: str, counted: int) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(slow_call=0.5))
    assert WAYS[way](permit(breaker, 0.0)) is True
    seen = breaker.snapshot(0.0)
    assert (seen.calls, seen.failed, seen.slow) == (1, counted, 0)
