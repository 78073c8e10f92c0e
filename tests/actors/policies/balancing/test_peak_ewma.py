"""What one more call costs at a model, by how slow it was and what it has to do."""

from __future__ import annotations

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.balancing.peak_ewma import (
    MOST,
    PENALTY,
    PeakEwma,
    cheaper,
    seconds_of,
)


def known(*answers: tuple[float, float]) -> PeakEwma:
    """Model `a` has answered: seconds, and when."""
    found = PeakEwma()
    for seconds, now in answers:
        found.record("a", seconds, now)
    return found


def test_a_rise_is_taken_at_once() -> None:
    assert known((0.1, 0.0), (4.0, 0.5)).cost("a", 0, 0.5) == 4.0


def test_a_fall_is_taken_slowly() -> None:
    found = known((4.0, 0.0), (1.0, 10.0))
    assert found.cost("a", 0, 10.0) == pytest.approx(4 * exp(-1) + 1 * (1 - exp(-1)))


def test_each_call_under_way_counts_as_much_as_the_next_one() -> None:
    found = known((2.0, 0.0))
    assert [found.cost("a", pending, 0.0) for pending in (0, 1, 9)] == [2.0, 4.0, 20.0]


def test_what_was_slow_is_forgotten_while_nothing_more_is_told() -> None:
    assert known((5.0, 0.0)).cost("a", 0, 20.0) == pytest.approx(5 * exp(-2))


def test_an_unknown_model_is_tried_at_once_but_by_one_call() -> None:
    assert [PeakEwma().cost("new", pending, 0.0) for pending in (0, 1, 2)] == [0.0, 10.0, 15.0]


def test_a_removed_model_is_unknown() -> None:
    found = known((5.0, 0.0))
    found.forget("a")
    found.forget("never known")
    assert found.cost("a", 0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("duration", "wait", "seconds"),
    [
        (0.01, None, PENALTY),
        (30.0, None, 30.0),
        (0.01, 2.0, PENALTY),
        (0.01, 60.0, 60.0),
        (0.01, 3600.0, MOST),
    ],
)
def test_a_failure_counts_as_a_slow_answer(
    duration: float, wait: float | None, seconds: float
) -> None:
    assert seconds_of(False, duration, wait) == seconds


def test_a_success_counts_as_long_as_it_took() -> None:
    assert seconds_of(True, 0.01) == 0.01


@pytest.mark.parametrize(
    ("first", "second", "draw", "is_first"),
    [
        ((1.0, 9), (2.0, 0), 0.9, True),
        ((0.0, 1), (0.0, 0), 0.0, False),
        ((1.0, 1), (1.0, 1), 0.49, True),
        ((1.0, 1), (1.0, 1), 0.5, False),
    ],
)
def test_of_two_the_cheaper_is_asked_then_the_idler_then_either(
    first: tuple[float, int], second: tuple[float, int], draw: float, is_first: bool
) -> None:
    assert cheaper(first, second, lambda: draw) is is_first


@given(st.lists(st.tuples(st.floats(0.0, 300.0), st.floats(0.0, 60.0)), min_size=1, max_size=30))
def test_the_average_is_never_above_the_slowest_nor_below_the_last_answer(
    answers: list[tuple[float, float]],
) -> None:
    found, now = PeakEwma(), 0.0
    for seconds, pause in answers:
        now += pause
        found.record("a", seconds, now)
    cost = found.cost("a", 0, now)
    assert answers[-1][0] - 1e-9 <= cost <= max(seconds for seconds, _ in answers) + 1e-9
