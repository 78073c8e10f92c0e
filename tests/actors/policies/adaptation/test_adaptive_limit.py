"""A limit between 1 and a ceiling: exact values of both rules, and what holds for any calls."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.adaptation.adaptive_limit import AdaptiveLimit
from hive_resilience.actors.policies.adaptation.aimd import lowered, raised
from hive_resilience.actors.policies.adaptation.gradient import (
    UsualLatency,
    followed,
    gradient,
)
from hive_resilience.config.settings.adaptation.adaptive_limit import AdaptiveLimitConfig

AIMD = AdaptiveLimitConfig(rule="aimd")
GRADIENT = AdaptiveLimitConfig(rule="gradient", tolerance=1.0)


@pytest.mark.parametrize(
    ("limit", "after"),
    [(200, 180), (100, 90), (11, 9), (10, 9), (9, 8), (5, 4), (2, 1), (1, 1)],
)
def test_a_refusal_takes_a_tenth_and_at_least_one(limit: int, after: int) -> None:
    assert lowered(limit) == after


@pytest.mark.parametrize(
    ("limit", "in_flight", "after"),
    [(10, 4, 10), (10, 5, 11), (10, 10, 11), (1, 0, 1), (1, 1, 2), (7, 3, 7), (7, 4, 8)],
)
def test_a_success_gives_one_where_half_of_the_limit_is_in_use(
    limit: int, in_flight: int, after: int
) -> None:
    assert raised(limit, in_flight) == after


@pytest.mark.parametrize(
    ("usual", "last", "share"),
    [(1.0, 1.0, 1.0), (1.0, 0.5, 1.0), (1.0, 1.25, 0.8), (1.0, 2.0, 0.5), (1.0, 50.0, 0.5)],
)
def test_the_gradient_is_the_usual_latency_by_the_last_within_bounds(
    usual: float, last: float, share: float
) -> None:
    assert gradient(usual, last) == share


def test_the_tolerance_lets_a_call_be_so_many_times_slower() -> None:
    assert gradient(1.0, 1.5, tolerance=1.5) == 1.0
    assert gradient(1.0, 3.0, tolerance=1.5) == 0.5


@pytest.mark.parametrize(
    ("limit", "share", "after"), [(20.0, 1.0, 20.8), (20.0, 0.5, 18.8), (100.0, 0.8, 96.8)]
)
def test_a_fifth_of_the_new_estimate_counts(limit: float, share: float, after: float) -> None:
    assert followed(limit, share) == pytest.approx(after)


def test_the_usual_latency_begins_as_a_mean_and_goes_on_smoothed() -> None:
    usual = UsualLatency()
    for latency in range(1, 11):
        usual.add(float(latency))
    assert usual.value == pytest.approx(5.5)
    assert usual.add(100.0) == pytest.approx(5.5 + 2 / 601 * 94.5)


def test_a_usual_latency_of_more_than_twice_the_last_falls_faster() -> None:
    usual = UsualLatency()
    for _ in range(10):
        usual.add(10.0)
    usual.step(20.0, 1.0, 20, 1.0)
    assert usual.value == pytest.approx((10.0 - 2 / 601 * 9.0) * 0.9)


def test_the_gradient_leaves_the_limit_of_a_model_with_few_calls() -> None:
    limit = AdaptiveLimit(GRADIENT, 200)
    limit.succeeded(1.0, 0.0, 9, first_content=1.0)
    assert limit.value == 20
    limit.succeeded(1.0, 0.0, 10, first_content=1.0)
    assert limit.value == int(20.8)


def test_times_to_first_content_and_seconds_a_token_are_not_mixed() -> None:
    limit = AdaptiveLimit(GRADIENT, 200)
    values: list[int] = []
    for _ in range(20):
        limit.succeeded(1.0, 0.0, 200, first_content=1.0)
        limit.succeeded(1.0, 0.0, 200, per_token=0.02)
        values.append(limit.value)
    assert all(before <= after for before, after in pairwise(values))


def test_the_gradient_does_nothing_without_a_latency() -> None:
    limit = AdaptiveLimit(GRADIENT, 200)
    limit.succeeded(1.0, 0.0, 200)
    limit.succeeded(1.0, 0.0, 200, first_content=0.0, per_token=0.0)
    assert limit.value == 20


def test_a_refusal_lowers_the_limit_of_both_rules() -> None:
    for config, start in ((AIMD, 10), (GRADIENT, 20)):
        limit = AdaptiveLimit(config, 200)
        limit.refused(1.0)
        assert limit.value == lowered(start)


def test_calls_that_began_before_the_limit_moved_do_not_raise_it() -> None:
    limit = AdaptiveLimit(AIMD, 200)
    limit.succeeded(1.0, 0.0, 10)
    assert limit.value == 11
    limit.succeeded(1.1, 0.1, 10)
    limit.succeeded(1.9, 0.9, 10)
    assert limit.value == 11
    limit.succeeded(2.0, 1.0, 10)
    assert limit.value == 12
    limit.refused(2.5)
    limit.succeeded(3.0, 2.4, 10)
    assert limit.value == 10


def test_each_refusal_lowers_the_limit_whenever_its_call_began() -> None:
    limit = AdaptiveLimit(AIMD, 200)
    for _ in range(3):
        limit.refused(1.0)
    assert limit.value == 7


def test_the_start_may_be_set_and_is_within_the_ceiling() -> None:
    assert AdaptiveLimit(AdaptiveLimitConfig(rule="aimd", start=50), 200).value == 50
    assert AdaptiveLimit(AdaptiveLimitConfig(rule="aimd", start=50), 5).value == 5


calls = st.lists(
    st.one_of(
        st.just("refused"),
        st.tuples(st.integers(0, 300), st.floats(1e-6, 1e6)),
        st.tuples(st.just("ceiling"), st.integers(1, 300)),
    ),
    max_size=60,
)


@given(st.sampled_from(["aimd", "gradient"]), st.integers(1, 300), calls)
def test_the_limit_is_always_between_1_and_its_ceiling(
    rule: str, ceiling: int, told: list[object]
) -> None:
    limit = AdaptiveLimit(AdaptiveLimitConfig(rule=rule), ceiling)
    for one in told:
        match one:
            case ("ceiling", int(other)):
                ceiling = other
                limit.bound(ceiling)
            case (int(in_flight), float(latency)):
                limit.succeeded(1.0, 1.0, in_flight, first_content=latency)
            case _:
                limit.refused(1.0)
        assert 1 <= limit.value <= ceiling


@given(st.integers(2, 300), st.integers(1, 300))
def test_after_any_refusals_successes_bring_it_back_to_its_ceiling(
    ceiling: int, refusals: int
) -> None:
    limit = AdaptiveLimit(AIMD, ceiling)
    for _ in range(refusals):
        limit.refused(1.0)
    for now in range(ceiling):
        limit.succeeded(now + 2.0, now + 2.0, ceiling)
    assert limit.value == ceiling


@given(st.integers(1, 10_000))
def test_a_refusal_never_raises_and_a_success_never_lowers(limit: int) -> None:
    assert lowered(limit) <= limit <= raised(limit, limit)
