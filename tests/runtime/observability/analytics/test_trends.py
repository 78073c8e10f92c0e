"""Trends and steps: the values of scipy 1.16, and how often they are seen where there is none."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.observability.analytics.steps import steps
from hive_resilience.runtime.observability.analytics.trends import trend
from tests.runtime.observability.analytics.series import alike

SERIES = [
    *(10.94, 8.65, 9.42, 10.52, 9.18, 10.18, 10.48, 9.52, 9.09, 10.64, 11.49, 9.9, 10.27, 12.3),
    *(10.14, 10.24, 13.2, 9.32, 11.7, 8.95, 10.4, 12.55, 12.32, 10.25, 10.75, 11.33, 10.04, 11.9),
    *(13.63, 10.09),
]
"""A series whose neighbours do not resemble each other: then nothing is corrected."""


def test_the_slope_and_its_interval_are_those_of_theil_and_sen() -> None:
    found = trend(SERIES)
    assert found is not None
    assert found.slope == pytest.approx(0.06)
    assert found.interval.low == pytest.approx(0.003888888888888905, abs=1e-3)
    assert found.interval.high == pytest.approx(0.11400000000000006, abs=1e-3)


def test_the_likelihood_is_that_of_mann_and_kendall() -> None:
    found = trend(SERIES)
    assert found is not None
    assert found.correlation == 0.0
    # With the step towards 0 of whole scores, which scipy leaves out: 0.0402 without it.
    assert found.p == pytest.approx(0.04196394457941601)


def test_two_points_have_no_trend() -> None:
    assert trend([1.0, 2.0]) is None


def test_a_short_series_is_never_stated() -> None:
    found = trend([float(step) for step in range(13)])
    assert found is not None
    assert found.p < 0.001
    assert not found.is_stated


@pytest.mark.parametrize("likeness", [0.0, 0.3, 0.6])
def test_noise_has_a_trend_one_time_in_twenty_at_most(likeness: float) -> None:
    found = [trend(alike(seed, 48, likeness)) for seed in range(120)]
    assert sum(one is not None and one.is_stated for one in found) <= 6


@pytest.mark.parametrize("likeness", [0.0, 0.3, 0.6])
def test_noise_has_a_step_one_time_in_twenty_at_most(likeness: float) -> None:
    found = sum(bool(steps(alike(seed, 48, likeness))) for seed in range(200))
    assert found <= 10


def test_a_step_of_30_percent_is_found_where_it_is() -> None:
    found = 0
    for seed in range(60):
        series = alike(seed, 48, 0.3)
        seen = steps(series[:24] + [1.3 * value for value in series[24:]])
        found += any(abs(step.index - 24) <= 2 for step in seen)
    assert found >= 54


def test_two_steps_are_two() -> None:
    found = steps([1.0] * 15 + [2.0] * 15 + [1.0] * 15)
    assert [step.index for step in found] == [15, 30]
    assert [step.change for step in found] == [1.0, -0.5]


def test_a_small_step_is_none() -> None:
    assert steps([1.0] * 30 + [1.1] * 30) == ()
