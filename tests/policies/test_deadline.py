"""Deadlines and what is left of them."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.deadline import (
    attempt_limit,
    deadline_after,
    earliest,
    expired,
    time_left,
)


def test_a_timeout_becomes_a_point_and_none_stays_without_an_end() -> None:
    assert deadline_after(5.0, 100.0) == 105.0
    assert deadline_after(None, 100.0) is None


@pytest.mark.parametrize(
    ("first", "second", "nearer"),
    [(1.0, 2.0, 1.0), (2.0, 1.0, 1.0), (None, 1.0, 1.0), (1.0, None, 1.0), (None, None, None)],
)
def test_the_nearer_deadline_holds(
    first: float | None, second: float | None, nearer: float | None
) -> None:
    assert earliest(first, second) == nearer


@pytest.mark.parametrize(
    ("deadline", "now", "is_over"), [(1.0, 0.9, False), (1.0, 1.0, True), (None, 1e9, False)]
)
def test_a_deadline_is_over_once_it_is_reached(
    deadline: float | None, now: float, is_over: bool
) -> None:
    assert expired(deadline, now) is is_over


@pytest.mark.parametrize(
    ("deadline", "now", "left"), [(10.0, 4.0, 6.0), (10.0, 11.0, 0.0), (None, 4.0, None)]
)
def test_time_left_is_never_negative(
    deadline: float | None, now: float, left: float | None
) -> None:
    assert time_left(deadline, now) == left


@pytest.mark.parametrize(
    ("configured", "deadline", "limit"),
    [(30.0, 10.0, 6.0), (3.0, 10.0, 3.0), (None, 10.0, 6.0), (3.0, None, 3.0), (None, None, None)],
)
def test_an_attempt_may_take_the_configured_time_or_what_is_left(
    configured: float | None, deadline: float | None, limit: float | None
) -> None:
    assert attempt_limit(configured, deadline, 4.0) == limit
