"""What operators, crashes and new settings do to a circuit breaker."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.gate import Gate
from hive_resilience.actors.policies.breaker.states import (
    LEGAL_MOVES,
    IllegalTransitionError,
    Reason,
    State,
)
from hive_resilience.config import CircuitBreakerConfig

from .breaker_kit import BROKEN, UNAUTHORIZED, fail, limited, opened, permit, rejection, succeed

SET: dict[State, Callable[[CircuitBreaker, float], None]] = {
    State.FORCED_OPEN: CircuitBreaker.force_open,
    State.DISABLED: CircuitBreaker.disable,
    State.METRICS_ONLY: CircuitBreaker.metrics_only,
}


def damage(breaker: CircuitBreaker) -> None:
    breaker._tally.failures_in_row = -1


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_a_move_is_legal_or_raises_and_changes_nothing(before: State, after: State) -> None:
    gate = Gate(CircuitBreakerConfig(), 30.0, lambda: 0.0)
    gate.state = before
    gate.restart()
    if after in LEGAL_MOVES[before]:
        gate.move(after, 1.0, "test")
        assert gate.state is after
        return
    with pytest.raises(IllegalTransitionError, match=f"that is {before} cannot become {after}"):
        gate.move(after, 1.0, "test")
    assert (gate.state, gate.generation, gate.drain_events()) == (before, 2, ())


@pytest.mark.parametrize("state", SET)
def test_a_breaker_that_an_operator_set_cannot_be_tripped(state: State) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    SET[state](breaker, 0.0)
    before = breaker.snapshot(1.0)
    with pytest.raises(IllegalTransitionError):
        breaker.trip(1.0, "test")
    assert breaker.snapshot(1.0) == before


def test_tripping_opens_with_the_reason_given() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.trip(1.0, "bad answers")
    assert breaker.drain_events()[0].reason == "bad answers"
    assert breaker.retry_after(1.0) == 60.0


def test_tripping_an_open_one_keeps_it_open_and_never_shortens_the_wait() -> None:
    breaker = opened()
    breaker.trip(50.0, "again")
    assert breaker.retry_after(50.0) == 60.0
    breaker.park(50.0, 500.0)
    breaker.trip(51.0, "again")
    assert breaker.retry_after(51.0) == 499.0
    assert breaker.drain_events() == ()


def test_tripping_a_half_open_one_opens_it_without_doubling() -> None:
    breaker = opened()
    breaker.trip(60.0, "again")
    assert breaker.retry_after(60.0) == 60.0


def test_resetting_closes_it_and_forgets_everything() -> None:
    breaker = opened()
    fail(breaker, 60.0, error=limited(retry_after=500.0))
    breaker.reset(70.0)
    seen = breaker.snapshot(70.0)
    assert (seen.state, seen.retry_after, seen.trials_failed) == (State.CLOSED, None, 0)
    breaker.trip(71.0, "test")
    assert breaker.retry_after(71.0) == 60.0


@pytest.mark.parametrize("asked", [30.0, 1e9])
def test_resetting_ends_a_parking(asked: float) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.park(0.0, asked)
    breaker.reset(1.0)
    succeed(breaker, 1.0)
    breaker.park(2.0, 30.0)
    assert breaker.probe_passed(3.0) is False
    assert breaker.retry_after(3.0) == 29.0


def test_resetting_a_closed_one_clears_its_counts_without_a_transition() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    under_way = permit(breaker, 0.0)
    fail(breaker, 0.0, times=4)
    breaker.reset(1.0)
    assert under_way.failure(1.0, BROKEN) is False
    assert breaker.snapshot(1.0).failures_in_row == 0
    assert breaker.drain_events() == ()


def test_forced_open_rejects_until_someone_says_otherwise() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.force_open(0.0)
    assert rejection(breaker, 1e9).retry_after == math.inf
    assert rejection(breaker, 1e9).state is State.FORCED_OPEN
    breaker.reset(1e9)
    succeed(breaker, 1e9)


def test_disabled_admits_everything_and_counts_nothing() -> None:
    breaker = opened()
    breaker.disable(1.0)
    breaker.park(1.0, 10.0)
    assert permit(breaker, 1.0).success(1.0) is False
    assert permit(breaker, 1.0).failure(1.0, UNAUTHORIZED) is False
    assert permit(breaker, 1.0).ignore(1.0) is False
    assert breaker.admits(1.0)
    assert breaker.snapshot(1.0).calls == 0


def test_metrics_only_counts_and_never_opens() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.metrics_only(0.0)
    fail(breaker, 1.0, times=20)
    fail(breaker, 1.0, error=UNAUTHORIZED)
    fail(breaker, 1.0, error=limited(retry_after=10.0))
    succeed(breaker, 1.0)
    seen = breaker.snapshot(1.0)
    assert (seen.state, seen.calls, seen.failed) == (State.METRICS_ONLY, 20, 19)
    assert seen.failure_rate == 0.95


@pytest.mark.parametrize("state", SET)
def test_setting_the_state_it_is_in_changes_nothing(state: State) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    SET[state](breaker, 0.0)
    before = breaker.snapshot(1.0)
    SET[state](breaker, 1.0)
    assert breaker.snapshot(1.0) == before
    assert len(breaker.drain_events()) == 1


def test_after_a_crash_sound_counts_stay_and_results_under_way_do_not_count() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    under_way = permit(breaker, 0.0)
    fail(breaker, 0.0, times=4)
    breaker.crashed(1.0)
    assert under_way.failure(1.0, BROKEN) is False
    assert breaker.snapshot(1.0).failures_in_row == 4
    assert breaker.drain_events() == ()


def test_a_crash_frees_the_places_of_trials_under_way() -> None:
    breaker = opened()
    permit(breaker, 60.0)
    breaker.crashed(61.0)
    assert breaker.admits(61.0)
    assert breaker.state(61.0) is State.HALF_OPEN


@pytest.mark.parametrize("start", [State.CLOSED, State.OPEN, State.HALF_OPEN])
def test_after_a_crash_unsound_counts_mean_half_open(start: State) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig()) if start is State.CLOSED else opened()
    if start is State.HALF_OPEN:
        breaker.probe_passed(0.0)
    damage(breaker)
    assert not breaker.is_sound()
    breaker.crashed(1.0)
    assert breaker.is_sound()
    assert breaker.state(1.0) is State.HALF_OPEN
    assert breaker.drain_events()[-1].after is State.HALF_OPEN


@pytest.mark.parametrize("state", SET)
def test_a_crash_leaves_the_state_that_an_operator_set(state: State) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    SET[state](breaker, 0.0)
    damage(breaker)
    breaker.crashed(1.0)
    assert breaker.state(1.0) is state
    assert breaker.is_sound()


def test_waits_that_are_no_numbers_are_unsound() -> None:
    breaker = opened()
    breaker.gate.timer.until = math.nan
    assert not breaker.is_sound()


def test_new_settings_keep_the_window_where_its_shape_is_the_same() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 0.0, times=3)
    breaker.reconfigure(CircuitBreakerConfig(failure_threshold=4))
    assert breaker.snapshot(0.0).calls == 3
    fail(breaker, 0.0)
    assert breaker.drain_events()[0].reason == Reason.FAILURE_RUN


def test_another_window_starts_empty() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    fail(breaker, 0.0, times=3)
    breaker.reconfigure(CircuitBreakerConfig(window=30))
    assert breaker.snapshot(0.0).calls == 0
    assert breaker.snapshot(0.0).failures_in_row == 3
    succeed(breaker, 0.0, times=31)
    assert breaker.snapshot(0.0).calls == 30


def test_new_settings_rule_how_long_it_opens_and_when_it_closes() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.reconfigure(CircuitBreakerConfig(recovery_timeout=9.0, success_threshold=1))
    breaker.trip(0.0, "test")
    breaker.trip(5.0, "again")
    assert breaker.retry_after(5.0) == 9.0
    succeed(breaker, 14.0)
    assert breaker.state(14.0) is State.CLOSED


def test_a_lower_limit_of_trials_holds_at_once() -> None:
    breaker = opened(CircuitBreakerConfig(half_open_max_calls=2))
    permit(breaker, 60.0)
    permit(breaker, 65.0)
    breaker.reconfigure(CircuitBreakerConfig(half_open_max_calls=1), permit_timeout=10.0)
    assert breaker.retry_after(70.0) == 25.0
    permit(breaker, 95.0)
    assert breaker.snapshot(95.0).trials_out == 1


def test_a_new_permit_timeout_holds_from_the_next_half_open_time() -> None:
    breaker = opened()
    breaker.reconfigure(CircuitBreakerConfig(), permit_timeout=10.0)
    permit(breaker, 60.0)
    assert breaker.retry_after(60.0) == 10.0


def test_of_transitions_that_nobody_drains_the_newest_hundred_are_kept() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    for _ in range(80):
        breaker.force_open(0.0)
        breaker.reset(0.0)
    events = breaker.drain_events()
    assert len(events) == 100
    assert events[-1].generation == 161
    assert breaker.drain_events() == ()


OFF = CircuitBreakerConfig(enabled=False)


def test_one_that_is_off_lets_everything_pass_and_counts_nothing() -> None:
    breaker = CircuitBreaker(OFF)

    fail(breaker, 0.0, 20)

    assert (breaker.state(1.0), breaker.snapshot(1.0).calls) == (State.DISABLED, 0)
    assert breaker.drain_events() == ()


def test_a_reset_leaves_it_off() -> None:
    breaker = CircuitBreaker(OFF)
    breaker.force_open(0.0)

    breaker.reset(1.0)

    assert breaker.state(1.0) is State.DISABLED


def test_new_settings_turn_it_on_and_off_with_the_reset_behind_them() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    fail(breaker, 0.0, 1)

    breaker.reconfigure(OFF)
    breaker.reset(1.0)
    assert breaker.admits(1.0)
    assert breaker.state(1.0) is State.DISABLED

    breaker.reconfigure(CircuitBreakerConfig(failure_threshold=1))
    breaker.reset(2.0)
    fail(breaker, 2.0, 1)
    assert breaker.state(2.0) is State.OPEN
