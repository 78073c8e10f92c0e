"""Numbers, spans and points in time that somebody asks to wait."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.outcomes.waits import (
    MILLISECOND_POINT,
    NOTHING_STATED,
    POINT,
    StatedWait,
    Unusable,
    parse_number,
    stated_number,
    stated_text,
    timestamp_of,
)

NOW = 1.7e9


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("6m0s", 360.0), ("1s", 1.0), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("2d", 172800.0)),
        *(("250us", 0.00025), ("5ns", 5e-9), ("12", 12.0), (" 1.5s ", 1.5), ("0s", 0.0)),
        *(("39s", 39.0), ("0", 0.0), ("1000000000", 1e9), ("12000d", 1e9)),
        *(("1700000030", 30.0), ("1700000030.5", 30.5), ("1700000030000", 30.0)),
        *(("2023-11-14T22:13:50Z", 30.0), ("2023-11-14T22:13:50", 30.0)),
        *(("2023-11-14T23:13:50+01:00", 30.0), ("2023-11-14T22:13:10Z", 0.0)),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
    ],
)
def test_a_text_is_read_as_providers_write_it(text: str, seconds: float) -> None:
    assert stated_text(text, NOW).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(("-1", Unusable.NEGATIVE), ("-1s", Unusable.NEGATIVE), ("-.5", Unusable.NEGATIVE)),
        *(("-inf", Unusable.NEGATIVE), ("-Infinity", Unusable.NEGATIVE)),
        *(("nan", Unusable.NOT_FINITE), ("+inf", Unusable.NOT_FINITE)),
        *(("Infinity", Unusable.NOT_FINITE), ("9" * 400, Unusable.NOT_FINITE)),
        ("9" * 400 + "s", Unusable.NOT_FINITE),
        *(("", Unusable.UNREADABLE), ("soon", Unusable.UNREADABLE), ("1e3", Unusable.UNREADABLE)),
        *(("1s later", Unusable.UNREADABLE), ("s", Unusable.UNREADABLE)),
        *(("1s2", Unusable.UNREADABLE), ("-", Unusable.UNREADABLE), ("- 1", Unusable.UNREADABLE)),
    ],
)
def test_what_is_negative_not_finite_or_unreadable_is_ignored(text: str, why: Unusable) -> None:
    assert stated_text(text, NOW) == StatedWait(ignored=why)


@pytest.mark.parametrize(
    ("number", "seconds"),
    [
        *((0, 0.0), (5, 5.0), (POINT, POINT), (math.nextafter(POINT, math.inf), 0.0)),
        *((NOW + 9, 9.0), (NOW - 9, 0.0), (MILLISECOND_POINT, POINT), (1e300, POINT)),
        *(
            (1_000_000_000, 1e9),
            (1_000_000_001, 0.0),
            (100_000_000_000, 1e9),
            (100_000_000_001, 0.0),
        ),
        *(((NOW + 9) * 1000, 9.0), (math.nextafter(MILLISECOND_POINT, math.inf), 0.0)),
    ],
)
def test_a_number_above_a_bound_is_a_point_in_time(number: float, seconds: float) -> None:
    assert stated_number(number, NOW) == StatedWait(seconds)


@pytest.mark.parametrize("number", [NOW + 9, (NOW + 9) * 1000])
def test_a_point_in_time_says_nothing_without_a_clock(number: float) -> None:
    assert stated_number(number, None) == NOTHING_STATED


def test_the_unit_is_that_of_spans_and_not_of_points() -> None:
    assert stated_number(250, NOW, 1000) == StatedWait(0.25)
    assert stated_number((NOW + 9) * 1000, NOW, 1000) == StatedWait(9.0)


def test_a_date_is_compared_with_the_clock_of_its_author() -> None:
    assert stated_text("Tue, 14 Nov 2023 22:13:50 GMT", 0.0, date=NOW) == StatedWait(30.0)
    assert stated_text("1700000030", NOW, date=0.0) == StatedWait(30.0)


@pytest.mark.parametrize("text", [None, "", "yesterday", "12", "99 Foo 2024"])
def test_what_is_no_date_has_no_timestamp(text: str | None) -> None:
    assert timestamp_of(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [(" 7 ", 7.0), ("-7", None), ("9" * 400, None), (None, None), ("x", None)]
)
def test_a_number_is_finite_and_not_negative(text: str | None, number: float | None) -> None:
    assert parse_number(text) == number


@given(st.one_of(st.floats(), st.integers()), st.none() | st.floats(0, 4e9))
def test_whatever_number_is_stated_the_wait_is_a_span_or_ignored(
    number: float, wall_now: float | None
) -> None:
    stated = stated_number(number, wall_now)

    assert stated.seconds is None or 0.0 <= stated.seconds <= POINT
    assert stated.seconds is None or stated.ignored is None


@given(st.text(max_size=30), st.none() | st.floats(0, 4e9))
def test_whatever_text_is_stated_the_wait_is_a_span_or_ignored(
    text: str, wall_now: float | None
) -> None:
    stated = stated_text(text, wall_now)

    assert stated.seconds is None or 0.0 <= stated.seconds <= POINT
    assert stated.seconds is not None or stated.ignored is not None or wall_now is None
