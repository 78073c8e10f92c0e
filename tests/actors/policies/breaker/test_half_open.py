"""How a circuit breaker tries a model again, and comes back."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.permit import Permit
from hive_resilience.actors.policies.breaker.states import Reason, State
from hive_resilience.config import CircuitBreakerConfig

from .breaker_kit import (
    BROKEN,
    UNAUTHORIZED,
    UNCOUNTED,
    fail,
    limited,
    opened,
    permit,
    rejection,
    succeed,
)


def test_the_first_call_after_the_wait_is_a_trial() -> None:
    breaker = opened()
    assert rejection(breaker, 59.0).retry_after == 1.0
    permit(breaker, 60.0)
    event = breaker.drain_events()[0]
    assert (event.before, event.after) == (State.OPEN, State.HALF_OPEN)
    assert (event.reason, event.open_for) == (Reason.WAIT_OVER, None)


def test_one_trial_at_a_time_and_the_others_learn_how_long_at_most() -> None:
    breaker = opened()
    permit(breaker, 60.0)
    refused = rejection(breaker, 70.0)
    assert (refused.state, refused.retry_after) == (State.HALF_OPEN, 20.0)


def test_three_successes_in_a_row_close_it_with_a_clean_window() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 0.0, times=5)
    for _ in range(2):
        assert permit(breaker, 60.0).success(60.0) is True
    assert breaker.snapshot(60.0).trials_passed == 2
    succeed(breaker, 61.0)
    assert breaker.drain_events()[-1].reason == Reason.TRIALS_PASSED
    assert breaker.snapshot(61.0).calls == 0
    fail(breaker, 61.0, times=4)
    assert breaker.state(61.0) is State.CLOSED


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BROKEN, Reason.TRIAL_FAILED),
        (limited(), Reason.TRIAL_FAILED),
        (UNAUTHORIZED, Reason.UNAUTHORIZED),
    ],
)
def test_one_failed_trial_opens_it_for_twice_as_long(error: Exception, reason: Reason) -> None:
    breaker = opened()
    succeed(breaker, 60.0, times=2)
    fail(breaker, 61.0, error=error)
    event = breaker.drain_events()[-1]
    assert (event.after, event.reason, event.open_for) == (State.OPEN, reason, 120.0)


def test_a_slow_trial_fails_where_slowness_is_watched() -> None:
    breaker = opened(CircuitBreakerConfig(slow_call=5.0))
    assert permit(breaker, 60.0).success(65.0, 5.0) is True
    assert breaker.drain_events()[-1].reason == Reason.TRIAL_SLOW
    assert breaker.retry_after(65.0) == 120.0


@pytest.mark.parametrize("error", UNCOUNTED, ids=lambda error: type(error).__name__)
def test_a_trial_that_says_nothing_only_gives_its_place_back(error: BaseException) -> None:
    breaker = opened()
    succeed(breaker, 60.0)
    permit(breaker, 61.0).failure(61.0, error)
    assert breaker.snapshot(61.0).trials_out == 0
    assert breaker.snapshot(61.0).trials_passed == 1
    assert breaker.admits(61.0)


def test_a_trial_that_never_comes_back_is_given_up() -> None:
    breaker = opened()
    lost = [permit(breaker, 60.0)]
    assert not breaker.admits(89.9)
    lost.append(permit(breaker, 90.0))
    assert breaker.snapshot(90.0).trials_out == 1
    lost.append(permit(breaker, 120.0))
    assert lost[0].failure(121.0, BROKEN) is False
    assert lost[1].success(121.0) is False
    assert breaker.state(121.0) is State.HALF_OPEN
    assert breaker.snapshot(121.0).trials_out == 1


def test_a_trial_past_its_time_counts_nothing_even_if_nobody_took_its_place() -> None:
    breaker = opened(CircuitBreakerConfig(success_threshold=1))
    late = permit(breaker, 60.0)
    assert late.success(90.0) is False
    assert breaker.state(90.0) is State.HALF_OPEN


def test_a_trial_that_may_last_longer_is_waited_for() -> None:
    breaker = opened(CircuitBreakerConfig(half_open_max_calls=2))
    long = breaker.admit(60.0, Permit, 500.0)
    assert isinstance(long, Permit)
    permit(breaker, 61.0)
    assert breaker.retry_after(70.0) == pytest.approx(21.0)
    assert long.success(300.0)
    assert breaker.snapshot(300.0).trials_passed == 1


def test_the_open_time_doubles_up_to_its_cap() -> None:
    breaker, now = opened(), 0.0
    waits: list[float] = []
    for _ in range(4):
        wait = breaker.retry_after(now)
        assert wait is not None
        waits.append(wait)
        now += wait
        fail(breaker, now)
    assert waits == [60.0, 120.0, 240.0, 300.0]


def test_the_doubling_never_overflows() -> None:
    breaker, now = opened(), 0.0
    for _ in range(1100):
        now += 300.0
        fail(breaker, now)
    assert breaker.retry_after(now) == 300.0


def test_the_doubling_goes_on_if_it_trips_soon_after_closing() -> None:
    breaker = opened()
    fail(breaker, 60.0)
    succeed(breaker, 180.0, times=3)
    fail(breaker, 299.0, times=5)
    assert breaker.retry_after(299.0) == 120.0


def test_the_doubling_is_forgotten_once_it_stayed_closed_as_long_as_it_was_open() -> None:
    breaker = opened()
    fail(breaker, 60.0)
    succeed(breaker, 180.0, times=3)
    fail(breaker, 300.0, times=5)
    assert breaker.retry_after(300.0) == 60.0


def test_several_trials_at_once_wait_for_the_oldest() -> None:
    breaker = opened(CircuitBreakerConfig(half_open_max_calls=2))
    permit(breaker, 60.0)
    second = permit(breaker, 70.0)
    assert breaker.retry_after(70.0) == 20.0
    second.ignore(71.0)
    assert breaker.admits(71.0)


def test_a_passed_probe_ends_the_wait_early() -> None:
    breaker = opened()
    assert breaker.probe_passed(5.0) is True
    assert breaker.drain_events()[0].reason == Reason.PROBE_PASSED
    succeed(breaker, 5.0, times=3)
    assert breaker.state(5.0) is State.CLOSED


@pytest.mark.parametrize(
    ("failed_trials", "heard_after"), [(0, 0.0), (1, 10.0), (2, 15.0), (9, 20.0)]
)
def test_a_probe_that_trials_have_contradicted_is_heard_later(
    failed_trials: int, heard_after: float
) -> None:
    breaker = opened()
    now = 0.0
    for _ in range(failed_trials):
        now += 20.0
        assert breaker.probe_passed(now)
        fail(breaker, now)
    if failed_trials:
        assert breaker.probe_passed(now + heard_after - 0.1) is False
    assert breaker.probe_passed(now + heard_after) is True


def test_a_probe_that_was_asked_for_is_heard_at_once() -> None:
    breaker = opened()
    assert breaker.probe_passed(1.0)
    fail(breaker, 1.0)
    assert breaker.probe_passed(2.0) is False
    assert breaker.probe_passed(2.0, asked=True) is True


def test_doubts_about_probes_end_where_the_breaker_has_stayed_closed() -> None:
    breaker = opened()
    assert breaker.probe_passed(1.0)
    fail(breaker, 1.0)
    assert breaker.probe_passed(21.0)
    succeed(breaker, 21.0, times=3)
    fail(breaker, 500.0, times=5)
    assert breaker.probe_passed(500.1) is True


def test_a_passed_probe_does_not_end_parking() -> None:
    breaker = opened()
    breaker.park(0.0, 30.0)
    breaker.probe_passed(5.0)
    assert breaker.retry_after(5.0) == 25.0


def test_a_passed_probe_ends_a_parking_that_was_cut() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(), max_parking=90.0)
    breaker.park(0.0, 91.0)
    assert breaker.probe_passed(5.0) is True
    assert breaker.retry_after(5.0) is None
    assert breaker.probe_passed(5.0) is False


def test_a_passed_probe_ends_a_cut_parking_and_an_open_wait_together() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1), max_parking=90.0)
    fail(breaker, 0.0)
    breaker.park(0.0, 91.0)
    assert breaker.probe_passed(5.0) is True
    assert breaker.state(5.0) is State.HALF_OPEN
    assert breaker.retry_after(5.0) is None


def test_whether_the_last_parking_was_cut_says_nothing_of_the_next() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(), max_parking=90.0)
    breaker.park(0.0, 91.0)
    assert breaker.probe_passed(90.0) is False
    breaker.park(90.0, 30.0)
    assert breaker.probe_passed(95.0) is False
    assert breaker.retry_after(95.0) == 25.0


def test_a_passed_probe_has_nothing_to_end_where_it_is_not_open() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    assert breaker.probe_passed(0.0) is False
    breaker.force_open(0.0)
    assert breaker.probe_passed(0.0) is False
    assert breaker.state(0.0) is State.FORCED_OPEN
