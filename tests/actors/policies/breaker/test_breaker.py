"""When a circuit breaker opens, for how long, and what it leaves out of account."""

from __future__ import annotations

import math

import pytest

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.states import CircuitStateChanged, Reason, State
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.config import CircuitBreakerConfig

from .breaker_kit import (
    UNAUTHORIZED,
    UNCOUNTED,
    AskedToWait,
    fail,
    limited,
    opened,
    permit,
    rejection,
    succeed,
)


def test_it_opens_at_the_fifth_failure_in_a_row() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 1.0, times=4)
    assert breaker.state(1.0) is State.CLOSED
    fail(breaker, 2.0)
    assert breaker.drain_events() == (
        CircuitStateChanged(State.CLOSED, State.OPEN, 2.0, Reason.FAILURE_RUN, 60.0, 2),
    )


def test_a_success_ends_the_run() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 1.0, times=4)
    succeed(breaker, 1.0)
    fail(breaker, 1.0, times=4)
    assert breaker.snapshot(1.0).failures_in_row == 4
    assert breaker.state(1.0) is State.CLOSED


def test_it_opens_when_half_of_at_least_ten_calls_failed() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    for _ in range(4):
        succeed(breaker, 1.0)
        fail(breaker, 1.0)
    succeed(breaker, 1.0)
    assert breaker.state(1.0) is State.CLOSED
    fail(breaker, 1.0)
    assert breaker.drain_events()[0].reason == Reason.FAILURE_RATE


def test_a_model_that_fails_one_call_in_five_stays_closed() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    for _ in range(10):
        fail(breaker, 1.0)
        succeed(breaker, 1.0, times=4)
    assert breaker.snapshot(1.0).failure_rate == 0.2
    assert breaker.state(1.0) is State.CLOSED


@pytest.mark.parametrize(("rate", "failures"), [(0.7, 7), (0.3, 3), (0.1, 1), (1.0, 10)])
def test_a_rate_that_is_just_reached_opens(rate: float, failures: int) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_rate=rate, failure_threshold=100))
    fail(breaker, 1.0, times=failures - 1)
    succeed(breaker, 1.0, times=10 - failures)
    assert breaker.state(1.0) is State.CLOSED
    fail(breaker, 1.0)
    assert breaker.state(1.0) is State.OPEN


def test_a_failure_older_than_the_window_age_is_forgotten() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=100))
    fail(breaker, 0.0, times=9)
    fail(breaker, 300.5)
    assert breaker.state(300.5) is State.CLOSED
    assert breaker.snapshot(300.5).calls == 1


def test_slow_calls_open_only_where_they_are_set() -> None:
    patient = CircuitBreaker(CircuitBreakerConfig())
    hasty = CircuitBreaker(CircuitBreakerConfig(slow_call=5.0))
    for breaker in (patient, hasty):
        succeed(breaker, 1.0, times=2)
        succeed(breaker, 1.0, times=7, duration=5.0)
    assert hasty.state(1.0) is State.CLOSED
    succeed(patient, 1.0, duration=5.0)
    succeed(hasty, 1.0, duration=5.0)
    assert patient.state(1.0) is State.CLOSED
    assert hasty.drain_events()[0].reason == Reason.SLOW_CALL_RATE


def test_the_age_of_the_window_and_the_rate_of_slow_calls_can_be_set() -> None:
    young = CircuitBreaker(CircuitBreakerConfig(window_age=10.0))
    fail(young, 0.0)
    assert young.snapshot(9.0).calls == 1
    assert young.snapshot(11.0).calls == 0

    patient = CircuitBreaker(CircuitBreakerConfig(slow_call=5.0, slow_call_rate=1.0))
    succeed(patient, 0.0)
    succeed(patient, 0.0, times=9, duration=5.0)
    assert patient.state(0.0) == "closed"


def test_fewer_slow_calls_than_the_rate_leave_it_closed() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(slow_call=5.0))
    succeed(breaker, 1.0, times=3)
    succeed(breaker, 1.0, times=7, duration=5.0)
    assert breaker.snapshot(1.0).slow == 7
    assert breaker.state(1.0) is State.CLOSED


@pytest.mark.parametrize("error", UNCOUNTED, ids=lambda error: type(error).__name__)
def test_what_says_nothing_about_the_model_counts_as_nothing(error: BaseException) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    assert permit(breaker, 1.0).failure(1.0, error) is False
    assert permit(breaker, 1.0).ignore(1.0) is False
    assert breaker.snapshot(1.0).calls == 0


def test_a_failure_that_was_judged_already_is_not_judged_again() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    assert permit(breaker, 1.0).failure(1.0, ConnectionError(), 0.1, Fault.REQUEST) is False
    assert permit(breaker, 1.0).failure(1.0, UNCOUNTED[0], 0.1, Fault.TRANSIENT) is True
    assert breaker.state(1.0) is State.OPEN


def test_a_wrong_key_opens_at_once() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 1.0, error=UNAUTHORIZED)
    assert breaker.drain_events()[0].reason == "unauthorized"


def test_rate_limiting_counts_in_the_rate_but_not_in_the_run() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 1.0, times=9, error=limited())
    assert breaker.snapshot(1.0).failed == 9
    assert breaker.snapshot(1.0).failures_in_row == 0
    assert breaker.state(1.0) is State.CLOSED
    fail(breaker, 1.0, error=limited())
    assert breaker.drain_events()[0].reason == Reason.FAILURE_RATE


def test_a_retry_after_of_rate_limiting_parks_the_closed_model() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    assert permit(breaker, 1.0).failure(1.0, limited(retry_after=10.0)) is True
    assert rejection(breaker, 1.0).retry_after == 10.0
    assert rejection(breaker, 1.0).state is State.CLOSED
    assert not breaker.admits(10.9)
    succeed(breaker, 11.0)
    assert breaker.drain_events() == ()


def test_parking_is_only_ever_lengthened() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.park(0.0, 20.0)
    breaker.park(1.0, 5.0)
    breaker.park(1.0, -3.0)
    breaker.park(1.0, math.nan)
    assert breaker.retry_after(1.0) == 19.0
    assert breaker.snapshot(1.0).parked_for == 19.0


@pytest.mark.parametrize("asked", [90.5, 3600.0, 1e9, math.inf])
def test_a_parking_is_cut_to_its_bound(asked: float) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(), max_parking=90.0)
    breaker.park(10.0, asked)
    assert breaker.retry_after(10.0) == 90.0
    succeed(breaker, 100.0)


def test_a_parking_ends_within_its_bound_however_often_it_is_lengthened() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(), max_parking=90.0)
    for now in (0.0, 30.0, 60.0, 89.0):
        breaker.park(now, 60.0)
    assert breaker.retry_after(89.0) == 1.0


def test_a_parking_after_the_last_one_has_its_whole_bound() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(), max_parking=90.0)
    breaker.park(0.0, 90.0)
    breaker.park(90.0, 90.0)
    assert breaker.retry_after(90.0) == 90.0


def test_an_hour_is_the_bound_where_none_is_given() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    permit(breaker, 0.0).failure(0.0, limited(retry_after=31e6))
    assert breaker.retry_after(0.0) == 3600.0


def test_a_wait_that_was_read_already_goes_before_that_of_the_error() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    permit(breaker, 0.0).failure(0.0, limited(retry_after=1.7e9), retry_after=12.0)
    assert breaker.retry_after(0.0) == 12.0


def test_another_bound_holds_for_the_next_parking() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(), max_parking=90.0)
    breaker.reconfigure(CircuitBreakerConfig(), max_parking=30.0)
    breaker.park(0.0, 60.0)
    assert breaker.retry_after(0.0) == 30.0
    breaker.reconfigure(CircuitBreakerConfig())
    breaker.park(30.0, 60.0)
    assert breaker.retry_after(30.0) == 30.0


def test_parking_holds_a_half_open_model_too() -> None:
    breaker = opened()
    breaker.park(0.0, 90.0)
    assert breaker.state(60.0) is State.HALF_OPEN
    assert rejection(breaker, 60.0).retry_after == 30.0
    succeed(breaker, 90.0)


@pytest.mark.parametrize(("asked", "waits"), [(5.0, 60.0), (600.0, 600.0)])
def test_a_retry_after_lengthens_the_open_time_and_never_shortens_it(
    asked: float, waits: float
) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    fail(breaker, 0.0, error=AskedToWait(asked))
    assert breaker.retry_after(0.0) == waits


def test_a_retry_after_lengthens_the_open_time_up_to_the_bound() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1), max_parking=90.0)
    fail(breaker, 0.0, error=AskedToWait(600.0))
    assert breaker.retry_after(0.0) == 90.0


def test_the_bound_shortens_no_open_time_of_the_settings() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1), max_parking=1.0)
    fail(breaker, 0.0, error=AskedToWait(600.0))
    assert breaker.retry_after(0.0) == 60.0


def test_an_open_time_below_a_second_is_kept() -> None:
    assert opened(CircuitBreakerConfig(recovery_timeout=0.25)).retry_after(0.0) == 0.25


def test_jitter_is_added_on_top_of_the_capped_time_and_drawn_only_when_it_opens() -> None:
    drawn: list[float] = []

    def draw() -> float:
        drawn.append(0.5)
        return 0.5

    config = CircuitBreakerConfig(recovery_timeout=100.0, max_recovery_timeout=100.0)
    breaker = CircuitBreaker(config, draw=draw)
    fail(breaker, 0.0, times=4)
    assert drawn == []
    fail(breaker, 0.0)
    assert drawn == [0.5]
    assert breaker.retry_after(0.0) == pytest.approx(105.0)


def test_a_late_result_of_an_older_generation_changes_nothing() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    late = [permit(breaker, 0.0) for _ in range(3)]
    fail(breaker, 1.0, times=5)
    before = breaker.snapshot(2.0)
    assert late[0].success(2.0) is False
    assert late[1].failure(2.0, limited(retry_after=999.0)) is False
    assert late[2].ignore(2.0) is False
    assert breaker.snapshot(2.0) == before


@pytest.mark.parametrize(("until", "now"), [(375.7, 70.4), (63.9, 25.3), (60.0, 1.0)])
def test_who_waits_as_long_as_told_is_admitted_whatever_the_rounding(
    until: float, now: float
) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.park(0.0, until)
    wait = breaker.retry_after(now)
    assert wait is not None
    assert breaker.admits(now + wait)


def test_asking_changes_nothing() -> None:
    breaker = opened()
    for _ in range(2):
        assert breaker.admits(60.0)
        assert breaker.retry_after(60.0) is None
        assert breaker.state(60.0) is State.HALF_OPEN
        assert breaker.snapshot(60.0).state is State.HALF_OPEN
    assert breaker.drain_events() == ()
