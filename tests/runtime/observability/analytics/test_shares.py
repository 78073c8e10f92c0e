"""Intervals of shares beside the values of published examples and of scipy 1.16."""

from __future__ import annotations

from random import Random

import pytest

from hive_resilience.runtime.observability.analytics.shares import difference, share


def test_the_interval_of_a_share_is_wilsons() -> None:
    found = share(175, 180)
    assert found is not None
    assert found.interval.low == pytest.approx(0.936631929551566)
    assert found.interval.high == pytest.approx(0.9880778779669105)


def test_no_case_has_no_share() -> None:
    assert share(0, 0) is None


@pytest.mark.parametrize(("part", "low", "high"), [(0, 0.0, 0.1611), (20, 0.8389, 1.0)])
def test_nothing_and_everything_keep_their_end(part: int, low: float, high: float) -> None:
    found = share(part, 20)
    assert found is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-4)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    one, other = share(56, 70), share(48, 80)
    assert one is not None
    assert other is not None
    found = difference(one, other)
    assert found.value == pytest.approx(0.2)
    assert found.interval.low == pytest.approx(0.0524, abs=5e-5)
    assert found.interval.high == pytest.approx(0.3339, abs=5e-5)


def test_few_cases_show_no_difference() -> None:
    one, other = share(9, 10), share(7, 10)
    assert one is not None
    assert other is not None
    assert not difference(one, other).is_seen


def test_an_interval_holds_the_true_share_19_in_20_times() -> None:
    chance, held = Random(5), 0
    for _ in range(2_000):
        found = share(sum(chance.random() < 0.9 for _ in range(60)), 60)
        assert found is not None
        held += 0.9 in found.interval
    assert 0.93 <= held / 2_000 <= 0.97
