"""Other settings for policies that have counted already."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.limits.rate_limit import RateLimiter
from hive_resilience.actors.policies.restart import GiveUp, Restart, RestartPolicy
from hive_resilience.actors.policies.retry_budget import RetryBudget
from hive_resilience.actors.policies.routing import Routing
from hive_resilience.config import RateLimitConfig, RestartConfig, RetryConfig, Strategy

from .chance import HALF


def test_a_budget_keeps_what_is_on_it_and_gains_what_the_reserve_gains() -> None:
    budget = RetryBudget.of(RetryConfig(budget_reserve=10))
    for _ in range(4):
        budget.withdraw()
    budget.reconfigure(RetryConfig(budget_reserve=15))
    assert budget.available == 11.0
    assert budget.snapshot().withdrawn == 4


def test_a_smaller_reserve_takes_what_is_there_but_makes_no_debt() -> None:
    budget = RetryBudget.of(RetryConfig(budget_reserve=10))
    budget.withdraw()
    budget.reconfigure(RetryConfig(budget_reserve=0))
    assert budget.available == 0.0


def test_another_ratio_holds_for_the_deposits_from_then_on() -> None:
    budget = RetryBudget.of(RetryConfig(budget_reserve=0, budget_ratio=0.5))
    budget.deposit()
    budget.reconfigure(RetryConfig(budget_reserve=0, budget_ratio=1.0))
    budget.deposit()
    assert budget.available == 1.5


def test_a_rate_limit_keeps_what_was_taken() -> None:
    limiter = RateLimiter(RateLimitConfig(requests_per_minute=10))
    for _ in range(7):
        limiter.admit(0.0)
    limiter.reconfigure(RateLimitConfig(requests_per_minute=100), 0.0)
    assert limiter.snapshot(0.0).requests_left == pytest.approx(93.0)
    limiter.reconfigure(RateLimitConfig(requests_per_minute=5), 0.0)
    assert limiter.snapshot(0.0).requests_left == pytest.approx(-2.0)
    assert limiter.admit(0.0) > 0


def test_a_rate_limit_comes_and_goes() -> None:
    limiter = RateLimiter()
    limiter.reconfigure(RateLimitConfig(tokens_per_minute=60), 5.0)
    assert limiter.active
    assert limiter.snapshot(5.0).tokens_left == 60.0
    limiter.reconfigure(RateLimitConfig(), 5.0)
    assert not limiter.active
    assert limiter.snapshot(5.0).tokens_limit is None


def test_parking_outlasts_other_limits() -> None:
    limiter = RateLimiter()
    limiter.park(0.0, 30.0)
    limiter.reconfigure(RateLimitConfig(requests_per_minute=10), 1.0)
    limiter.reconfigure(RateLimitConfig(), 1.0)
    assert limiter.active
    assert limiter.admit(1.0) == pytest.approx(29.0)


def test_crashes_of_before_count_against_another_intensity() -> None:
    policy = RestartPolicy(RestartConfig(intensity=5))
    for now in (0.0, 1.0):
        assert isinstance(policy.crashed(now, HALF), Restart)
    policy.reconfigure(RestartConfig(intensity=1))
    assert isinstance(policy.crashed(2.0, HALF), GiveUp)


def test_another_base_delay_holds_for_the_next_crash() -> None:
    policy = RestartPolicy(RestartConfig())
    policy.crashed(0.0, HALF)
    policy.reconfigure(RestartConfig(base_delay=7.0, jitter=0.0))
    assert policy.crashed(0.1, HALF) == Restart(7.0)


def test_models_are_asked_in_another_order_and_the_rest_follows() -> None:
    routing = Routing()
    for name in "abcd":
        routing.add(name)
    routing.set_usable("c", False)
    routing.reorder(["c", "d", "unknown"])
    order: list[str] = []
    while (found := routing.choose(Strategy.SEQUENTIAL, order, lambda: 0.0)) is not None:
        order.append(found)
    assert order == ["d", "a", "b"]
    routing.set_usable("c", True)
    assert routing.choose(Strategy.SEQUENTIAL, (), lambda: 0.0) == "c"
    routing.add("e")
    assert routing.choose(Strategy.SEQUENTIAL, list("abcd"), lambda: 0.0) == "e"


def test_a_fleet_is_weighted_if_any_weight_is_not_one() -> None:
    routing = Routing()
    routing.add("a")
    assert not routing.is_weighted
    routing.set_weight("a", 2.0)
    assert routing.is_weighted
