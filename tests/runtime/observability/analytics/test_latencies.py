"""Durations beside each other, with the values of scipy 1.16."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.observability.analytics.latencies import compare, median, quantile

ONE = [
    *(0.6, 0.8, 1.1, 0.8, 1.7, 1.2, 2.4, 1.1, 1.2, 1.7, 0.8, 1.8, 0.6, 0.5, 0.7, 2.0, 1.2, 1.0),
    *(0.7, 2.1, 1.2, 2.2, 1.3, 1.9, 0.8, 0.9, 0.5, 1.1, 1.3, 0.8, 1.1, 0.6, 1.1, 1.7, 0.9, 1.4),
    *(1.1, 2.2, 0.8, 0.7, 2.4, 1.0, 0.8, 1.1, 1.2, 1.3, 2.0, 0.7, 1.1, 0.8, 0.8, 0.8, 1.3, 0.8),
    *(1.4, 0.6, 1.2, 0.8, 1.7, 1.4),
]
OTHER = [
    *(0.9, 2.5, 1.0, 1.4, 0.9, 2.8, 2.0, 0.9, 1.9, 1.1, 1.2, 0.4, 2.2, 4.9, 1.8, 1.0, 1.1, 1.5),
    *(3.0, 0.9, 1.8, 0.4, 1.6, 1.2, 1.2, 1.6, 3.0, 0.8, 0.9, 1.2, 0.7, 1.1, 0.9, 1.5, 0.9, 0.7),
    *(1.8, 0.9, 1.0, 2.0, 2.7, 1.2, 1.3, 1.1, 1.3, 1.5, 0.7, 0.8, 2.5, 0.9),
]


def sketch_of(values: Iterable[float]) -> LatencySketch:
    found = LatencySketch()
    for value in values:
        found.add(value)
    return found


def test_a_comparison_is_that_of_mann_and_whitney() -> None:
    found = compare(sketch_of(ONE), sketch_of(OTHER))
    assert found is not None
    assert found.longer == pytest.approx(1200.5 / (60 * 50))
    assert found.p == pytest.approx(0.07179539819595687)
    assert not found.is_seen


def test_nothing_is_compared_with_nothing() -> None:
    assert compare(sketch_of([]), sketch_of([1.0])) is None


def test_equal_durations_are_no_difference() -> None:
    found = compare(sketch_of([1.0] * 30), sketch_of([1.0] * 30))
    assert found is not None
    assert (found.longer, found.p, found.is_seen) == (0.5, 1.0, False)


def test_30_percent_more_is_seen() -> None:
    seen = 0
    for seed in range(40):
        chance = Random(seed)
        one = sketch_of(1.3 * chance.lognormvariate(0, 0.4) for _ in range(120))
        other = sketch_of(chance.lognormvariate(0, 0.4) for _ in range(120))
        found = compare(one, other)
        seen += found is not None and found.is_seen
    assert seen >= 36


def test_the_interval_of_a_quantile_holds_it_19_in_20_times() -> None:
    held = 0
    for seed in range(300):
        chance = Random(seed)
        found = quantile(sketch_of(chance.expovariate(1.0) for _ in range(200)), 0.5)
        assert found is not None
        held += 0.6931471805599453 in found.interval
    assert held >= 279


def test_the_median_of_nothing_is_an_error() -> None:
    assert median([3.0, 1.0, 2.0, 10.0]) == 2.5
    with pytest.raises(ValueError, match="nothing"):
        median([])
