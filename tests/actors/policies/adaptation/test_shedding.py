"""Priority shedding: the curve, where each priority begins, and its order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.adaptation.shedding import (
    overload,
    served_share,
    sheds,
)

shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("x", "served"), [(0.0, 100.0), (0.35, 95.7125), (0.8, 48.8), (0.95, 14.2625), (1.0, 0.0)]
)
def test_the_curve_is_cubic(x: float, served: float) -> None:
    assert served_share(x) == pytest.approx(served)


@pytest.mark.parametrize(
    ("x", "shed"),
    [
        (0.0, []),
        (0.29999, []),
        (0.3, [0]),
        (0.79999, [0]),
        (0.8, [0, 1]),
        (0.94999, [0, 1]),
        (0.95, [0, 1, 2]),
        (1.0, [0, 1, 2]),
    ],
)
def test_each_priority_has_its_overload_and_critical_has_none(x: float, shed: list[int]) -> None:
    assert [rank for rank in range(4) if sheds(rank, x)] == shed


@given(shares, st.integers(0, 2))
def test_a_priority_is_not_shed_before_the_one_below_it(x: float, rank: int) -> None:
    assert not sheds(rank + 1, x) or sheds(rank, x)


@given(shares, shares, st.integers(0, 3))
def test_more_overload_sheds_no_less(one: float, other: float, rank: int) -> None:
    less, more = sorted((one, other))
    assert not sheds(rank, less) or sheds(rank, more)


@given(shares)
def test_what_is_critical_is_never_shed(x: float) -> None:
    assert not sheds(3, x)


@pytest.mark.parametrize(
    ("load", "start", "full", "x"),
    [
        (0, 100, 1100, 0.0),
        (100, 100, 1100, 0.0),
        (400, 100, 1100, 0.3),
        (1100, 100, 1100, 1.0),
        (5000, 100, 1100, 1.0),
        (100, 100, 100, 0.0),
        (101, 100, 100, 1.0),
        (1, 0, -5, 1.0),
    ],
)
def test_overload_is_the_way_from_start_to_full(
    load: float, start: float, full: float, x: float
) -> None:
    assert overload(load, start, full) == pytest.approx(x)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(-1e6, 1e6))
def test_overload_is_a_share(load: float, start: float, full: float) -> None:
    assert 0.0 <= overload(load, start, full) <= 1.0
