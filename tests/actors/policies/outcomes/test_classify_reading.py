"""What is read from an error: its status, its codes, and how long it asks to wait."""

from __future__ import annotations

import errno
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.outcomes import errors
from hive_resilience.actors.policies.outcomes.classify import (
    classify,
    codes_of,
    retry_after_of,
    status_of,
    wait_stated_by,
)
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.actors.policies.outcomes.waits import NOTHING_STATED, StatedWait, Unusable


class Record:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


def junk_record(value: object) -> Record:
    return Record(headers=value, status=value)


class ForeignError(Exception):
    def __init__(self, **fields: object) -> None:
        super().__init__("foreign")
        self.__dict__.update(fields)


@pytest.mark.parametrize("value", [True, "503", 99, 600, 503.0, None])
def test_what_is_no_http_status_is_not_taken_for_one(value: object) -> None:
    assert status_of(ForeignError(status=value)) is None


@pytest.mark.parametrize("value", [100, 599])
def test_the_outermost_statuses_are_statuses(value: int) -> None:
    assert status_of(ForeignError(status=value)) == value


def test_an_enumerated_status_counts_as_its_number() -> None:
    assert status_of(ForeignError(status=HTTPStatus.BAD_GATEWAY)) == 502


def test_codes_are_texts_and_the_name_of_a_system_error() -> None:
    assert codes_of(ForeignError(code="busy", type="server_error")) == ("busy", "server_error")
    assert codes_of(OSError(errno.ECONNRESET, "x")) == ("ECONNRESET",)
    assert codes_of(OSError(-12345, "unknown to the system")) == ()
    assert codes_of(ForeignError(code=5)) == ()


def test_codes_of_an_error_go_before_those_of_its_body() -> None:
    body = {"code": "b", "type": "c", "error": {"code": "d", "type": "e"}}

    assert codes_of(ForeignError(code="a", body=body)) == ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        *((3, 3.0), (0.5, 0.5), (0, 0.0), (-2, None), (1e9, 1e9)),
        *((-1e300, None), (float("nan"), None), (float("inf"), None), (10**400, None)),
        *(("39s", 39.0), ("1m30s", 90.0), ("soon", None), (True, None), (None, None)),
        # Points in time, and there is no clock to compare them with.
        *((1.7e9, None), (1e299, None), ("1700000000", None)),
    ],
)
def test_a_told_retry_after_is_taken_if_it_is_a_span(told: object, seconds: float | None) -> None:
    assert retry_after_of(ForeignError(retry_after=told)) == seconds


def test_retry_after_is_read_from_the_headers_of_the_answer_or_the_error() -> None:
    headers = {"Retry-After": "7"}

    assert retry_after_of(ForeignError(response=Record(headers=headers))) == 7
    assert retry_after_of(ForeignError(headers=headers)) == 7
    assert retry_after_of(ForeignError(headers=["Retry-After"])) is None
    assert retry_after_of(ForeignError(response=Record(headers={}), headers=headers)) is None


def test_a_date_is_compared_with_the_wall_clock_that_the_caller_gives() -> None:
    error = ForeignError(headers={"Retry-After": "Thu, 01 Jan 1970 00:01:40 GMT"})

    outermost = errors.RetryExhaustedError("done", max_retries=3, last_error=error)

    for asking in (error, ExceptionGroup("one", [error]), outermost):
        assert retry_after_of(asking, wall_now=90.0) == 10
        assert retry_after_of(asking) is None


@pytest.mark.parametrize("told", [1.7e9 + 10, (1.7e9 + 10) * 1000, "1700000010", "1700000010000"])
def test_a_large_retry_after_is_a_point_in_time(told: object) -> None:
    assert retry_after_of(ForeignError(retry_after=told), wall_now=1.7e9) == 10
    assert retry_after_of(ForeignError(retry_after=told), wall_now=1.8e9) == 0


@pytest.mark.parametrize(
    ("error", "stated"),
    [
        (ForeignError(retry_after=-2), StatedWait(ignored=Unusable.NEGATIVE)),
        (ForeignError(retry_after=float("nan")), StatedWait(ignored=Unusable.NOT_FINITE)),
        (ForeignError(headers={"Retry-After": "soon"}), StatedWait(ignored=Unusable.UNREADABLE)),
        (ForeignError(ignored_wait=Unusable.NEGATIVE), StatedWait(ignored=Unusable.NEGATIVE)),
        (ForeignError(ignored_wait="negative"), NOTHING_STATED),
        (ForeignError(), NOTHING_STATED),
    ],
)
def test_why_a_wait_is_ignored_is_told(error: Exception, stated: StatedWait) -> None:
    assert wait_stated_by(error) == stated


def test_a_group_asks_to_wait_as_long_as_its_longest_member() -> None:
    members = [ForeignError(retry_after=2), ForeignError(retry_after=5), ValueError()]

    assert retry_after_of(ExceptionGroup("three", members)) == 5
    assert retry_after_of(ExceptionGroup("one", [ValueError()])) is None


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@given(
    st.dictionaries(
        st.sampled_from(["status", "status_code", "code", "type", "body", "headers", "response"]),
        st.one_of(junk, st.builds(junk_record, junk)),
    ),
    junk,
)
def test_no_error_however_odd_makes_judging_it_fail(
    fields: dict[str, object], retry_after: object
) -> None:
    error = ForeignError(**fields, retry_after=retry_after)

    assert isinstance(classify(error), Fault)
    seconds = retry_after_of(error)
    assert seconds is None or 0 <= seconds < float("inf")
