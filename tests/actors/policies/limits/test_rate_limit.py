"""Requests and tokens a minute."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.limits.rate_limit import RateLimiter, RateLimitSnapshot
from hive_resilience.config import RateLimitConfig


def limiter_of(requests: float | None = None, tokens: float | None = None) -> RateLimiter:
    return RateLimiter(RateLimitConfig(requests_per_minute=requests, tokens_per_minute=tokens))


def go(limiter: RateLimiter, now: float = 0.0, tokens: float = 0) -> int:
    """How many requests may go right now, at most a thousand."""
    return next((n for n in range(1000) if limiter.admit(now, tokens) > 0), 1000)


def test_without_a_limit_everything_goes() -> None:
    limiter = RateLimiter()

    assert go(limiter, tokens=1e12) == 1000
    assert limiter.snapshot(0.0) == RateLimitSnapshot(0.0, None, None, None, None)


def test_a_minutes_worth_goes_at_once_and_then_steadily() -> None:
    limiter = limiter_of(requests=60)

    assert go(limiter, now=1e6) == 60
    assert limiter.admit(1e6) == pytest.approx(1.0)
    assert go(limiter, now=1e6 + 1) == 1
    assert go(limiter, now=1e6 + 31) == 30


def test_a_bucket_never_holds_more_than_a_minutes_worth() -> None:
    limiter = limiter_of(requests=5)
    go(limiter)

    assert go(limiter, now=1e9) == 5


def test_tokens_are_limited_as_requests_are_and_the_longer_wait_counts() -> None:
    limiter = limiter_of(requests=60, tokens=600)

    assert limiter.admit(0.0, tokens=500) == 0.0
    assert limiter.admit(0.0, tokens=200) == pytest.approx(10.0)


def test_a_refused_request_takes_nothing() -> None:
    limiter = limiter_of(requests=2, tokens=100)
    limiter.admit(0.0, tokens=60)

    assert limiter.admit(0.0, tokens=60) > 0

    seen = limiter.snapshot(0.0)
    assert (seen.requests_left, seen.tokens_left) == (1, 40)


def test_what_is_larger_than_the_bucket_waits_for_a_full_one_and_pays_afterwards() -> None:
    limiter = limiter_of(tokens=60)

    assert limiter.admit(0.0, tokens=90) == 0.0
    assert limiter.admit(0.0) == pytest.approx(30.0)
    assert limiter.admit(0.0, tokens=90) == pytest.approx(90.0)
    assert limiter.admit(90.0, tokens=90) == 0.0


def test_less_than_one_a_minute_is_one_now_and_then() -> None:
    limiter = limiter_of(requests=0.5)

    assert limiter.admit(0.0) == 0.0
    assert limiter.admit(0.0) == pytest.approx(120.0)
    assert limiter.admit(120.0) == 0.0


def test_a_clock_that_stands_still_or_goes_back_refills_nothing() -> None:
    limiter = limiter_of(requests=1)
    limiter.admit(100.0)

    assert limiter.admit(100.0) > 0
    assert limiter.admit(40.0) > 0
    assert limiter.snapshot(40.0).requests_left == 0
    assert limiter.admit(160.0) == 0.0


def test_a_refund_puts_back_what_was_never_sent_and_no_more() -> None:
    limiter = limiter_of(requests=1, tokens=100)
    limiter.admit(0.0, tokens=70)

    limiter.refund(tokens=70)
    limiter.refund(tokens=70)

    seen = limiter.snapshot(0.0)
    assert (seen.requests_left, seen.tokens_left) == (1, 100)


def test_tokens_known_only_afterwards_are_charged_and_may_make_a_debt() -> None:
    limiter = limiter_of(tokens=60)
    assert limiter.admit(0.0) == 0.0

    limiter.charge(tokens=90)

    assert limiter.snapshot(0.0).tokens_left == -30
    assert limiter.admit(0.0) == pytest.approx(30.0)


def test_without_limits_refunds_and_charges_mean_nothing() -> None:
    limiter = RateLimiter()

    limiter.refund(tokens=5)
    limiter.charge(tokens=5)

    assert limiter.admit(0.0) == 0.0


def test_a_parked_model_lets_nothing_go_until_its_time_is_over() -> None:
    limiter = RateLimiter()

    limiter.park(10.0, 5.0)
    limiter.park(10.0, 2.0)

    assert limiter.admit(12.0) == 3.0
    assert limiter.snapshot(12.0).parked_for == 3.0
    assert limiter.admit(15.0) == 0.0


def test_a_parking_is_bounded_however_often_it_is_lengthened() -> None:
    limiter = RateLimiter(max_parking=90.0)

    for now in (0.0, 60.0, 80.0):
        limiter.park(now, 1e9)

    assert limiter.admit(80.0) == 10.0
    assert limiter.admit(90.0) == 0.0


@pytest.mark.parametrize("tokens", [1e4, 1e18, 1e300])
def test_no_debt_is_longer_than_the_bound(tokens: float) -> None:
    limiter = RateLimiter(RateLimitConfig(tokens_per_minute=60), max_parking=90.0)
    assert limiter.admit(0.0) == 0.0

    limiter.charge(tokens=tokens)

    assert limiter.admit(0.0) == pytest.approx(89.0)
    assert limiter.admit(90.0) == 0.0


def test_a_reset_forgets_parking_and_what_was_learnt_and_used() -> None:
    limiter = limiter_of(requests=2)
    limiter.park(0.0, 60.0)
    limiter.learn({"x-ratelimit-limit-tokens": "9", "x-ratelimit-remaining-tokens": "0"}, 0.0)
    limiter.charge(requests=2)

    limiter.reset()

    assert [limiter.admit(0.0) for _ in range(3)] == [0.0, 0.0, 30.0]
    assert limiter.snapshot(0.0).tokens_limit is None


def test_another_bound_holds_for_the_next_parking() -> None:
    limiter = RateLimiter(max_parking=90.0)

    limiter.reconfigure(RateLimitConfig(), 0.0, max_parking=30.0)
    limiter.park(0.0, 60.0)

    assert limiter.admit(0.0) == 30.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_a_span_that_means_nothing_parks_nothing(seconds: float) -> None:
    limiter = RateLimiter()

    limiter.park(0.0, seconds)

    assert limiter.admit(0.0) == 0.0


steps = st.tuples(st.floats(0, 100), st.floats(0, 500))


@given(st.floats(1, 1e4), st.floats(1, 1e5), st.lists(steps, max_size=50))
def test_what_goes_never_exceeds_a_full_bucket_and_its_filling(
    requests: float, tokens: float, arrivals: list[tuple[float, float]]
) -> None:
    limiter = limiter_of(requests, tokens)
    now, count, used, largest = 0.0, 0, 0.0, 0.0

    for pause, amount in arrivals:
        now += pause
        if limiter.admit(now, amount) == 0.0:
            count, used, largest = count + 1, used + amount, max(largest, amount)

    slack = 1 + 1e-6
    assert count <= (requests * (1 + now / 60)) * slack + 1e-6
    # What is larger than the bucket may overdraw it once.
    assert used <= (tokens * (1 + now / 60) + max(0.0, largest - tokens)) * slack


@given(st.floats(1, 1e4), st.floats(1, 1e5), st.lists(st.floats(0, 500), max_size=50))
def test_who_waits_as_long_as_told_may_go(
    requests: float, tokens: float, amounts: list[float]
) -> None:
    limiter = limiter_of(requests, tokens)
    now = 1e6

    for amount in amounts:
        wait = limiter.admit(now, amount)
        assert 0.0 <= wait < math.inf
        now += wait
        assert wait == 0.0 or limiter.admit(now, amount) == 0.0
