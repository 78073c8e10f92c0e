"""Client-side throttling: exact shares, a window that slides, each priority on its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.adaptation.throttling import (
    BUCKETS,
    Start,
    Throttle,
    share_refused,
)
from hive_resilience.config.settings.adaptation.throttle import ThrottleConfig

LOW, NORMAL, HIGH = 0, 1, 2
ON = ThrottleConfig(enabled=True)


@pytest.mark.parametrize(
    ("requests", "accepted", "share"),
    [
        (0, 0, 0.0),
        (100, 100, 0.0),
        (100, 50, 0.0),
        (100, 49, 2 / 101),
        (100, 25, 50 / 101),
        (1, 0, 1 / 2),
        (9, 0, 0.9),
        (1000, 0, 0.9),
    ],
)
def test_the_share_is_that_of_the_formula(requests: int, accepted: int, share: float) -> None:
    assert share_refused(requests, accepted, 2.0, 0.9) == pytest.approx(share)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(1, 100), st.floats(0, 0.9))
def test_the_share_is_between_0_and_its_cap(
    requests: int, accepted: int, multiplier: float, cap: float
) -> None:
    share = share_refused(requests, min(accepted, requests), multiplier, cap)
    assert 0.0 <= share <= cap
    assert share >= share_refused(requests, min(accepted + 1, requests), multiplier, cap) or (
        accepted >= requests
    )


def started(throttle: Throttle, count: int, now: float = 0.0, rank: int = NORMAL) -> list[Start]:
    return [throttle.started(rank, now) for _ in range(count)]


def test_calls_under_way_count_as_accepted() -> None:
    throttle = Throttle(ON, 30.0)
    started(throttle, 1000)
    assert throttle.share(NORMAL, 0.0) == 0.0


def test_a_refused_call_is_taken_back() -> None:
    throttle = Throttle(ON, 30.0)
    for start in started(throttle, 100)[:75]:
        throttle.refused(start, 1.0)
    assert throttle.share(NORMAL, 1.0) == pytest.approx(50 / 101)


def test_calls_that_are_not_made_count_as_asked_for() -> None:
    throttle = Throttle(ON, 30.0)
    for start in started(throttle, 10):
        throttle.refused(start, 0.0)
    for _ in range(90):
        throttle.throttled(NORMAL, 0.0)
    started(throttle, 10)
    assert throttle.share(NORMAL, 0.0) == pytest.approx((110 - 20) / 111)


def test_each_priority_has_its_own_share() -> None:
    throttle = Throttle(ON, 30.0)
    for start in started(throttle, 9, rank=LOW):
        throttle.refused(start, 0.0)
    started(throttle, 9, rank=HIGH)
    assert (throttle.share(LOW, 0.0), throttle.share(HIGH, 0.0)) == (0.9, 0.0)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    throttle = Throttle(ON, 30.0)
    for start in started(throttle, 9):
        throttle.refused(start, 0.0)
    assert throttle.share(NORMAL, 119.0) == 0.9
    assert throttle.share(NORMAL, 120.0 + 120.0 / BUCKETS) == 0.0


def test_a_refusal_that_comes_after_the_window_changes_nothing() -> None:
    throttle = Throttle(ON, 30.0)
    old = started(throttle, 5)
    throttle.share(NORMAL, 500.0)
    new = started(throttle, 5, now=500.0)
    for start in old:
        throttle.refused(start, 500.0)
    assert throttle.share(NORMAL, 500.0) == 0.0
    for start in new:
        throttle.refused(start, 500.0)
    assert throttle.share(NORMAL, 500.0) == pytest.approx(5 / 6)


def test_the_window_is_twice_the_limit_of_an_attempt_at_least() -> None:
    throttle = Throttle(ThrottleConfig(enabled=True, window=10.0), 300.0)
    calls = started(throttle, 9)
    for start in calls:  # each has run as long as it may
        throttle.refused(start, 300.0)
    assert throttle.share(NORMAL, 300.0) == 0.9
    assert throttle.share(NORMAL, 590.0) == 0.9


@given(
    st.lists(
        st.tuples(
            st.floats(0, 100), st.integers(0, 3), st.sampled_from(["start", "refuse", "throttle"])
        ),
        max_size=80,
    )
)
def test_the_books_are_those_of_a_list_of_all_calls(
    told: list[tuple[float, int, str]],
) -> None:
    throttle = Throttle(ON, 30.0)
    width = 120.0 / BUCKETS
    calls: list[list[object]] = []
    open_calls: list[tuple[Start, list[object]]] = []
    now = 0.0
    for pause, rank, what in told:
        now += pause
        if what == "start":
            call: list[object] = [now, rank, 1]
            calls.append(call)
            open_calls.append((throttle.started(rank, now), call))
        elif what == "throttle":
            calls.append([now, rank, 0])
            throttle.throttled(rank, now)
        elif open_calls:
            start, call = open_calls.pop(rank % len(open_calls))
            call[2] = 0
            throttle.refused(start, now)
        for one in range(4):
            known = [
                accepted
                for at, of, accepted in calls
                if of == one and float(str(at)) // width >= now // width - BUCKETS
            ]
            accepted = sum(int(str(each)) for each in known)
            assert throttle.share(one, now) == share_refused(len(known), accepted, 2.0, 0.9)
