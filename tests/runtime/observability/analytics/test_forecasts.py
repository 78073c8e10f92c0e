"""Forecasts, beside how good they were; capacity; unusual values; availability."""

from __future__ import annotations

from math import inf, pi, sin
from random import Random

import pytest

from hive_resilience.runtime.observability.analytics.anomalies import (
    Verdict,
    anomaly,
    holds,
    share_anomaly,
)
from hive_resilience.runtime.observability.analytics.availability import Minute, availability
from hive_resilience.runtime.observability.analytics.capacity import capacity, first_above
from hive_resilience.runtime.observability.analytics.forecasts import forecast
from hive_resilience.runtime.observability.analytics.shares import share
from tests.runtime.observability.analytics.series import alike

DAY = 24


def days(seed: int, count: int) -> list[float]:
    chance = Random(seed)
    hours = range(DAY * count)
    return [100 + 50 * sin(2 * pi * hour / DAY) + chance.gauss(0, 8) for hour in hours]


def test_a_band_of_80_percent_holds_80_percent_of_what_comes() -> None:
    held = 0
    for seed in range(30):
        series = days(seed, 15)
        found = forecast(series[:-DAY], DAY, DAY)
        assert found is not None
        assert 0.7 <= found.coverage <= 0.9
        pairs = zip(series[-DAY:], found.low, found.high, strict=True)
        held += sum(low <= value <= high for value, low, high in pairs)
    assert 0.75 <= held / (30 * DAY) <= 0.85


def test_less_than_two_seasons_have_no_forecast() -> None:
    assert forecast(days(1, 2)[:-1], DAY, DAY) is None


def test_a_forecast_follows_the_level_of_the_last_season() -> None:
    series = days(1, 8)
    found = forecast(series[:-DAY] + [1.5 * value for value in series[-DAY:]], DAY, DAY)
    assert found is not None
    assert sum(found.values) / DAY > 130


def test_capacity_is_littles_law() -> None:
    found = capacity(20.0, 1.5, 40)
    assert (found.needed, found.headroom, found.is_short) == (30.0, 10.0, False)
    assert capacity(25.0, 1.5, 40).is_short
    assert first_above([1.0, 3.0, 5.0], 2.0) == 1
    assert first_above([1.0], 2.0) is None


def test_a_short_past_makes_nothing_unusual() -> None:
    assert anomaly(99.0, [1.0] * 6).verdict is Verdict.TOO_LITTLE


def test_a_steady_past_has_a_floor() -> None:
    assert anomaly(1.2, [1.0] * 20).verdict is Verdict.USUAL
    assert anomaly(1.3, [1.0] * 20).verdict is Verdict.UNUSUAL
    assert anomaly(0.1, [0.0] * 20).score == inf


def test_noise_is_unusual_one_time_in_twenty_at_most() -> None:
    told = 0
    for seed in range(400):
        series = alike(seed, 26, 0.6)
        told += holds([anomaly(value, series[:24]).verdict for value in series[24:]])
    assert told <= 20


def test_one_unusual_window_is_not_enough() -> None:
    assert not holds([Verdict.USUAL, Verdict.STRONG])
    assert holds([Verdict.USUAL, Verdict.UNUSUAL, Verdict.STRONG])


@pytest.mark.parametrize(
    ("now", "past", "verdict"),
    [
        ((1, 20), (1, 200), Verdict.USUAL),
        ((6, 20), (1, 200), Verdict.UNUSUAL),
        ((6, 19), (1, 200), Verdict.TOO_LITTLE),
    ],
)
def test_a_share_is_unusual_where_the_intervals_are_apart(
    now: tuple[int, int], past: tuple[int, int], verdict: Verdict
) -> None:
    one, other = share(*now), share(*past)
    assert one is not None
    assert other is not None
    assert share_anomaly(one, other) is verdict


def test_availability_counts_tasks_and_minutes() -> None:
    found = availability([Minute(99, 1), Minute(0, 2), Minute(0, 0)], objective=0.9)
    assert found.tasks is not None
    assert found.minutes is not None
    assert (found.tasks.part, found.tasks.count) == (99, 102)
    assert (found.minutes.part, found.minutes.count) == (1, 2)
    assert found.budget_left == pytest.approx(1 - 3 / 10.2)


def test_a_period_without_tasks_says_nothing() -> None:
    found = availability([])
    assert (found.tasks, found.minutes, found.budget_left) == (None, None, None)
