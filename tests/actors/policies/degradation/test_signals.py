"""From figures to a level."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.degradation.signals import Readings, Thresholds, judge
from hive_resilience.config import DegradationConfig

USUAL = Thresholds.of(DegradationConfig(), 60.0)


@pytest.mark.parametrize(
    ("readings", "rank", "floor"),
    [
        (Readings(), 0, 0),
        (Readings(usable=0.6), 0, 2),
        (Readings(usable=0.5), 1, 3),
        (Readings(usable=0.4), 2, 4),
        (Readings(usable=0.29), 3, 4),
        (Readings(usable=0.0), 4, 4),
        (Readings(success=0.95), 0, 1),
        (Readings(success=0.949), 1, 1),
        (Readings(success=0.89), 2, 2),
        (Readings(success=0.79), 3, 3),
        (Readings(success=0.59), 4, 4),
        (Readings(success=0.97), 0, 0),
        (Readings(queue=0.5), 0, 2),
        (Readings(queue=0.51), 1, 2),
        (Readings(queue=0.96), 4, 4),
        (Readings(latency=2.0), 0, 1),
        (Readings(latency=2.1), 1, 1),
        (Readings(latency=11.0), 4, 4),
        (Readings(usable=1.0, success=1.0, queue=0.0, latency=1.0), 0, 0),
        (Readings(usable=0.5, success=0.75), 3, 3),
    ],
)
def test_each_figure_has_its_entry_values(readings: Readings, rank: int, floor: int) -> None:
    found = judge(USUAL, readings)

    assert (found.rank, found.floor) == (rank, floor)


def test_the_worst_figure_is_the_reason() -> None:
    found = judge(USUAL, Readings(usable=0.5, success=0.3, latency=1.1))

    assert found.reason == "30% of the tasks succeed"
    assert [signal.level.value for signal in found.signals] == ["minor", "critical", "none", "none"]


def test_a_threshold_of_nothing_asks_for_no_model() -> None:
    never = Thresholds.of(DegradationConfig(), 0.0)

    assert judge(never, Readings(usable=0.0)).rank == 0


shares = st.none() | st.floats(0.0, 1.0)


@given(shares, shares, shares, st.none() | st.floats(0.0, 100.0))
def test_what_asks_for_a_level_holds_it_too(
    usable: float | None, success: float | None, queue: float | None, latency: float | None
) -> None:
    found = judge(USUAL, Readings(usable, success, queue, latency))

    assert 0 <= found.rank <= found.floor <= 4


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_lower_success_never_means_a_better_level(one: float, other: float) -> None:
    worse, better = sorted((one, other))

    assert judge(USUAL, Readings(success=worse)).rank >= judge(USUAL, Readings(success=better)).rank
