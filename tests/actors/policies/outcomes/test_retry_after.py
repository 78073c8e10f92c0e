"""How long an answer asks to wait."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.outcomes.retry_after import parse_retry_after, stated_wait
from hive_resilience.actors.policies.outcomes.waits import NOTHING_STATED, StatedWait, Unusable

NOW = datetime(2024, 2, 29, 23, 59, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"RETRY-AFTER": "0"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "9", "Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After": "9", "retry-after-ms": "soon"}, 9.0),
        ({}, None),
        ({"Retry": "9"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "1_000"}, None),
        ({"Retry-After": "\u0663"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "Someday, 99 Foo 2024"}, None),
    ],
)
def test_a_number_is_seconds_unless_the_header_says_milliseconds(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert parse_retry_after(headers, wall_now=NOW.timestamp()) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "Fri, 01 Mar 2024 00:00:20 GMT",
        "Friday, 01-Mar-24 00:00:20 GMT",
        "Fri Mar  1 00:00:20 2024",
        "Fri, 01 Mar 2024 00:00:20 -0000",
        "Fri, 01 Mar 2024 01:00:20 +0100",
    ],
)
def test_a_date_in_each_of_its_forms_is_the_time_until_then(written: str) -> None:
    assert parse_retry_after({"Retry-After": written}, wall_now=NOW.timestamp()) == 30


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
def test_a_date_without_a_zone_is_in_gmt_wherever_this_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    headers = {"Retry-After": "Fri Mar  1 00:00:20 2024"}
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "JST-9")
        time.tzset()
        seconds = parse_retry_after(headers, wall_now=NOW.timestamp())
    time.tzset()

    assert seconds == 30


def test_the_answers_own_date_goes_before_our_clock() -> None:
    headers = {
        "Retry-After": format_datetime(NOW + timedelta(seconds=20), usegmt=True),
        "Date": format_datetime(NOW, usegmt=True),
    }

    assert parse_retry_after(headers, wall_now=0.0) == 20
    assert parse_retry_after(headers) == 20


def test_a_date_in_the_past_means_now() -> None:
    headers = {"Retry-After": format_datetime(NOW, usegmt=True)}

    assert parse_retry_after(headers, wall_now=NOW.timestamp() + 60) == 0


def test_a_date_without_any_clock_says_nothing() -> None:
    headers = {"Retry-After": format_datetime(NOW, usegmt=True), "Date": "yesterday"}

    assert parse_retry_after(headers) is None


def test_a_stand_in_without_headers_says_nothing() -> None:
    assert parse_retry_after(Mock(), wall_now=0.0) is None


@pytest.mark.parametrize(
    ("headers", "stated"),
    [
        ({"Retry-After": "-1"}, StatedWait(ignored=Unusable.NEGATIVE)),
        ({"retry-after-ms": "-250"}, StatedWait(ignored=Unusable.NEGATIVE)),
        ({"Retry-After": "nan"}, StatedWait(ignored=Unusable.NOT_FINITE)),
        ({"Retry-After": "9" * 400}, StatedWait(ignored=Unusable.NOT_FINITE)),
        ({"Retry-After": "soon"}, StatedWait(ignored=Unusable.UNREADABLE)),
        ({"Retry-After": ""}, StatedWait(ignored=Unusable.UNREADABLE)),
        ({"Retry-After": "9", "retry-after-ms": "soon"}, StatedWait(9.0)),
        ({"Retry-After": "soon", "retry-after-ms": "9"}, StatedWait(0.009)),
        ({}, NOTHING_STATED),
    ],
)
def test_what_cannot_be_used_is_told_apart_from_what_is_not_there(
    headers: dict[str, str], stated: StatedWait
) -> None:
    assert stated_wait(headers, NOW.timestamp()) == stated


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "1709251220"}, 30.0),
        ({"Retry-After": "1709251220000"}, 30.0),
        ({"retry-after-ms": "1709251220000"}, 30.0),
        ({"Retry-After": "1709251100"}, 0.0),
        ({"Retry-After": "2024-03-01T00:00:20Z"}, 30.0),
        ({"Retry-After": "1000000000"}, 1e9),
        ({"Retry-After": "1000000001"}, 0.0),
        ({"Retry-After": "31000000"}, 31e6),
        ({"Retry-After": "99999999999999"}, 1e9),
    ],
)
def test_a_large_number_is_a_point_in_time(headers: dict[str, str], seconds: float) -> None:
    assert parse_retry_after(headers, NOW.timestamp()) == seconds


@given(st.text(max_size=40), st.text(max_size=40), st.none() | st.floats(0, 1e10))
def test_whatever_a_server_writes_the_answer_is_none_or_a_usable_span(
    written: str, date: str, wall_now: float | None
) -> None:
    for name in ("Retry-After", "retry-after-ms"):
        seconds = parse_retry_after({name: written, "Date": date}, wall_now)
        assert seconds is None or 0 <= seconds < float("inf")


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_date_that_lies_ahead_is_exact_to_the_second(start: int, ahead: int) -> None:
    then = datetime.fromtimestamp(start + ahead, UTC)
    headers = {"Retry-After": format_datetime(then, usegmt=True)}

    assert parse_retry_after(headers, float(start)) == ahead
