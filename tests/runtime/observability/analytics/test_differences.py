"""Ratios of percentiles, series without their daily course, several tests at once, budgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import pi, sin
from random import Random

import pytest

from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.observability.analytics.availability import Minute, budget
from hive_resilience.runtime.observability.analytics.costs import Prices, Tokens, cost
from hive_resilience.runtime.observability.analytics.ratios import quantile_ratio
from hive_resilience.runtime.observability.analytics.seasons import holding, without_season
from hive_resilience.runtime.observability.analytics.steps import steps
from hive_resilience.runtime.observability.analytics.trends import trend
from tests.runtime.observability.analytics.series import alike

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def sketch_of(seed: int, count: int, level: float = 1.0) -> LatencySketch:
    chance, found = Random(seed), LatencySketch()
    for _ in range(count):
        found.add(level * chance.lognormvariate(0, 0.5))
    return found


@pytest.mark.parametrize("runs", [20, pytest.param(2_000, marks=pytest.mark.conformance)], ids=str)
@pytest.mark.parametrize("q", [0.5, 0.95])
def test_the_interval_of_a_ratio_holds_it_19_in_20_times(runs: int, q: float) -> None:
    held = 0
    for seed in range(runs):
        one, other = sketch_of(seed, 150, 1.5), sketch_of(seed + 10_000, 150)
        found = quantile_ratio(one, other, q, seed)
        assert found is not None
        held += 1.5 in found.interval
    # Sketches are within 1 %, which makes intervals a little wider.
    assert (0.93 if runs > 1_000 else 0.8) <= held / runs <= (0.98 if runs > 1_000 else 1.0)


def test_the_same_sketches_have_the_same_interval() -> None:
    one, other = sketch_of(1, 100), sketch_of(2, 100)
    assert quantile_ratio(one, other, 0.5) == quantile_ratio(one, other, 0.5)
    assert quantile_ratio(one, LatencySketch(), 0.5) is None


def season(hour: int) -> float:
    return 1 + 0.5 * sin(2 * pi * hour / 24)


def test_a_daily_course_is_neither_a_trend_nor_a_step() -> None:
    hours = range(24 * 7)
    course = [10 * season(hour) for hour in hours]

    flat = without_season(course, [hour % 24 for hour in hours])
    assert flat == pytest.approx([10.0] * len(flat))


@pytest.mark.parametrize("likeness", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("runs", [30, pytest.param(400, marks=pytest.mark.conformance)], ids=str)
def test_noise_with_a_daily_course_has_neither_one_time_in_twenty(
    likeness: float, runs: int
) -> None:
    trends = stepped = 0
    for seed in range(runs):
        noise = alike(seed, 24 * 7, likeness)
        course = [value * season(hour) for hour, value in enumerate(noise)]
        flat = without_season(course, [hour % 24 for hour in range(len(course))])
        stepped += bool(steps(flat))
        slow = without_season(course[::6], [at % 4 for at in range(len(course[::6]))])
        found = trend(slow)
        trends += found is not None and found.is_stated
    assert stepped <= max(2, runs // 20)
    assert trends <= max(2, runs // 20)


def test_a_step_is_seen_through_the_daily_course() -> None:
    seen = 0
    for seed in range(30):
        course = [
            v * season(h) * (1.3 if h >= 84 else 1) for h, v in enumerate(alike(seed, 168, 0.3))
        ]
        found = steps(without_season(course, [hour % 24 for hour in range(168)]))
        seen += any(abs(step.index - 84) <= 6 for step in found)
    assert seen >= 27


def test_few_days_and_empty_hours_have_no_course() -> None:
    assert without_season([1.0, 2.0, 1.0, 2.0], [0, 1, 0, 1]) == [1.0, 2.0, 1.0, 2.0]
    assert without_season([0.0, 1.0] * 3, [0, 1] * 3) == [0.0, 1.0] * 3


def test_many_tests_together_are_harder_to_pass() -> None:
    assert holding([0.01]) == [True]
    assert holding([0.01] * 10) == [False] * 10
    assert holding([0.001, 0.5, 0.02]) == [True, False, True]
    assert holding([]) == []


def test_a_budget_knows_its_worst_hour() -> None:
    hours = [(NOON, Minute(19, 0)), (NOON + timedelta(hours=1), Minute(90, 10))]
    found = budget(9_980, 20, 0.999, hours)
    assert found is not None
    assert (round(found.allowed, 6), found.used, round(found.left, 6)) == (10.0, 20, -1.0)
    assert (round(found.burn, 6), round(found.worst or 0, 6)) == (2.0, 100.0)
    assert found.worst_at == NOON + timedelta(hours=1)
    assert budget(0, 0, 0.999) is None


def test_a_cost_is_told_by_direction_where_prices_are_known() -> None:
    used = Tokens(1_000_000, 200_000, 400_000), Tokens(10, 0, 0)
    found = cost("a", 4.7, 0.1, used, Prices(2.0, 15.0, 0.5))
    assert (found.input, found.cached, found.output) == (1.2, 0.2, 3.0)
    assert cost("a", 4.7, 0.1, used, None).input is None
