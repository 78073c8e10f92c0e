"""The bounds of the delays between attempts."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.outcomes import errors
from hive_resilience.actors.policies.retry import Retry
from hive_resilience.config import Jitter, RetryConfig

from .chance import HALF, always

FLAKY = ConnectionError("reset")


def retry_with(**settings: object) -> Retry:
    return Retry(RetryConfig.model_validate(settings))


draws = st.floats(0, 1, exclude_max=True)
spans = st.floats(0, 1000)
numbers = st.integers(1, 20)


@given(numbers, draws, spans, spans, st.floats(1, 10))
def test_full_jitter_lies_between_nothing_and_the_ceiling(
    number: int, draw: float, base: float, longest: float, multiplier: float
) -> None:
    settings = {"base_delay": base, "max_delay": longest, "backoff_multiplier": multiplier}
    ceiling = retry_with(**settings, jitter="none").backoff(number, always(draw))

    assert ceiling == min(longest, base * multiplier ** (number - 1))
    assert retry_with(**settings, jitter="full").backoff(number, always(draw)) == draw * ceiling


@given(numbers, draws, spans, spans)
def test_equal_jitter_lies_between_half_the_ceiling_and_the_ceiling(
    number: int, draw: float, base: float, longest: float
) -> None:
    settings = {"base_delay": base, "max_delay": longest}
    ceiling = retry_with(**settings, jitter="none").backoff(number, always(draw))
    equal = retry_with(**settings, jitter="equal")

    assert ceiling / 2 <= equal.backoff(number, always(draw)) <= ceiling
    assert equal.backoff(number, always(0.0)) == ceiling / 2
    assert equal.backoff(number, HALF) == ceiling / 2 + ceiling / 2 * 0.5


@given(draws, spans, spans, spans)
def test_decorrelated_jitter_lies_between_the_base_and_three_times_the_delay_before(
    draw: float, base: float, longest: float, previous: float
) -> None:
    retry = retry_with(base_delay=base, max_delay=longest, jitter="decorrelated")

    delay = retry.backoff(1, always(draw), previous=previous)

    # One rounding error of slack: the bounds are sums and products themselves.
    assert delay <= longest
    assert min(longest, base) <= delay <= math.nextafter(3 * max(base, previous), math.inf)
    assert retry.backoff(1, always(0.0), previous=previous) == min(longest, base)


def test_decorrelated_jitter_grows_from_the_delay_before() -> None:
    retry = retry_with(jitter="decorrelated", max_delay=20)

    first = retry.next_delay(1, FLAKY, 0.0, None, HALF)
    second = retry.next_delay(2, FLAKY, 0.0, None, HALF, previous=2.0)
    third = retry.next_delay(3, FLAKY, 0.0, None, always(0.999), previous=19.0)

    assert (first, second, third) == (2.0, 3.5, 20)


def test_without_a_delay_before_decorrelated_jitter_starts_from_the_base() -> None:
    retry = retry_with(jitter="decorrelated", base_delay=0.25)

    assert retry.backoff(1, HALF) == 0.5
    assert retry.next_delay(1, FLAKY, 0.0, None, HALF) == 0.5


def test_full_jitter_is_spread_evenly() -> None:
    """Each of the two means is off by 0.01 with a probability of at most
    2 exp(-2 * 80,000 * 0.01 ** 2) = 2.3e-7 (Hoeffding); the seed is fixed besides."""
    chance = random.Random(20240229)
    retry = retry_with(max_retries=1)
    samples = [retry.backoff(1, chance.random) for _ in range(80_000)]

    assert sum(samples) / len(samples) == pytest.approx(0.5, abs=0.01)
    below = sum(delay < 0.25 for delay in samples) / len(samples)
    assert below == pytest.approx(0.25, abs=0.01)


@given(
    numbers,
    draws,
    st.floats(0, 1e6),
    st.floats(-10, 100),
    st.none() | st.floats(0, 100),
    st.sampled_from(Jitter),
    spans,
)
def test_no_delay_reaches_the_deadline_and_none_is_shorter_than_asked(
    number: int,
    draw: float,
    now: float,
    left: float,
    asked: float | None,
    jitter: Jitter,
    previous: float,
) -> None:
    error = errors.RateLimitedError("busy", retry_after=asked)
    retry = retry_with(max_retries=10, jitter=jitter)

    delay = retry.next_delay(number, error, now, now + left, always(draw), previous=previous)

    if delay is None:
        return
    assert number <= 10
    assert delay >= 0
    assert now + delay < now + left
    assert asked is None or asked <= delay <= 60
