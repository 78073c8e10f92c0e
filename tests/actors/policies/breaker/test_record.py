"""What a circuit breaker tells of itself: its snapshot, its transitions, and who passes at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.gate import NO_GENERATION
from hive_resilience.actors.policies.breaker.states import (
    BreakerSnapshot,
    CircuitStateChanged,
    Reason,
    State,
)
from hive_resilience.config import CircuitBreakerConfig

from .breaker_kit import BROKEN, fail, limited, opened, permit, succeed


def test_a_new_breaker_is_closed_and_empty() -> None:
    assert CircuitBreaker(CircuitBreakerConfig()).snapshot(5.0) == BreakerSnapshot(
        state=State.CLOSED,
        generation=1,
        retry_after=None,
        parked_for=0.0,
        calls=0,
        failed=0,
        slow=0,
        failure_rate=0.0,
        failures_in_row=0,
        trials_out=0,
        trials_passed=0,
        trials_failed=0,
    )


def test_a_snapshot_tells_all_counts() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(slow_call=5.0))
    succeed(breaker, 1.0, times=2)
    fail(breaker, 1.0)
    permit(breaker, 1.0).failure(1.0, BROKEN, 5.0)
    fail(breaker, 1.0, error=limited(retry_after=20.0))
    assert breaker.snapshot(11.0) == BreakerSnapshot(
        state=State.CLOSED,
        generation=1,
        retry_after=10.0,
        parked_for=10.0,
        calls=5,
        failed=3,
        slow=1,
        failure_rate=0.6,
        failures_in_row=2,
        trials_out=0,
        trials_passed=0,
        trials_failed=0,
    )


def test_a_snapshot_tells_of_the_trials() -> None:
    breaker = opened(CircuitBreakerConfig(half_open_max_calls=2))
    fail(breaker, 60.0)
    succeed(breaker, 180.0)
    permit(breaker, 180.0)
    seen = breaker.snapshot(180.0)
    assert (seen.state, seen.generation) == (State.HALF_OPEN, 5)
    assert (seen.trials_out, seen.trials_passed, seen.trials_failed) == (1, 1, 1)


def test_a_trial_is_out_until_its_time_is_over() -> None:
    breaker = opened()
    permit(breaker, 60.0)
    assert breaker.snapshot(89.9).trials_out == 1
    assert breaker.snapshot(90.0).trials_out == 0


@pytest.mark.parametrize(
    ("move", "after", "reason"),
    [
        (CircuitBreaker.reset, State.CLOSED, Reason.OPERATOR),
        (CircuitBreaker.force_open, State.FORCED_OPEN, Reason.OPERATOR),
        (CircuitBreaker.disable, State.DISABLED, Reason.OPERATOR),
        (CircuitBreaker.metrics_only, State.METRICS_ONLY, Reason.OPERATOR),
        (CircuitBreaker.probe_passed, State.HALF_OPEN, Reason.PROBE_PASSED),
    ],
)
def test_a_transition_tells_when_it_was_and_who_wanted_it(
    move: Callable[[CircuitBreaker, float], object], after: State, reason: Reason
) -> None:
    breaker = opened()
    move(breaker, 7.0)
    assert breaker.drain_events() == (CircuitStateChanged(State.OPEN, after, 7.0, reason, None, 3),)


def test_a_crash_with_unsound_counts_is_told() -> None:
    breaker = opened()
    breaker._tally.failures_in_row = -1
    breaker.crashed(7.0)
    assert breaker.drain_events() == (
        CircuitStateChanged(State.OPEN, State.HALF_OPEN, 7.0, Reason.CRASHED, None, 3),
    )


def test_the_way_back_is_told_step_by_step() -> None:
    breaker = opened()
    succeed(breaker, 61.0, times=2)
    succeed(breaker, 62.0)
    assert breaker.drain_events() == (
        CircuitStateChanged(State.OPEN, State.HALF_OPEN, 61.0, Reason.WAIT_OVER, None, 3),
        CircuitStateChanged(State.HALF_OPEN, State.CLOSED, 62.0, Reason.TRIALS_PASSED, None, 4),
    )


@pytest.mark.parametrize("state", [State.CLOSED, State.OPEN, State.HALF_OPEN])
def test_an_uncounted_permit_passes_in_every_state_and_changes_nothing(state: State) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig()) if state is State.CLOSED else opened()
    if state is State.HALF_OPEN:
        breaker.probe_passed(0.0)
    before = breaker.snapshot(1.0)
    uncounted = [breaker.uncounted() for _ in range(3)]
    assert [permit.generation for permit in uncounted] == [NO_GENERATION] * 3
    assert uncounted[0].success(1.0, 9.0) is False
    assert uncounted[1].failure(1.0, limited(retry_after=99.0), 9.0) is False
    assert uncounted[2].ignore(1.0) is False
    assert breaker.snapshot(1.0) == before


def test_calls_pass_a_closed_breaker_without_a_look_at_the_clock_unless_it_is_parked() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    gate = breaker.gate
    breaker.park(0.0, 0.0)
    assert gate.free
    breaker.park(0.0, 0.5)
    assert not gate.free
    permit(breaker, 0.5)
    assert gate.free


def test_it_is_quiet_while_everybody_passes_and_there_is_nothing_to_tell() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    gate = breaker.gate
    assert gate.quiet is True
    breaker.disable(0.0)
    assert (gate.free, gate.quiet) == (True, False)
    breaker.drain_events()
    assert gate.quiet is True
    breaker.force_open(1.0)
    breaker.drain_events()
    assert gate.quiet is False
    breaker.reset(2.0)
    breaker.drain_events()
    assert gate.quiet is True


def test_a_parked_breaker_is_not_quiet_until_a_call_finds_the_parking_over() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.park(0.0, 5.0)
    assert breaker.gate.quiet is False
    permit(breaker, 5.0)
    assert breaker.gate.quiet is True


def test_parking_that_ends_does_not_hide_a_move_that_nobody_has_told() -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.force_open(0.0)
    breaker.reset(0.0)
    breaker.park(0.0, 5.0)
    permit(breaker, 5.0)
    assert (breaker.gate.free, breaker.gate.quiet) == (True, False)
