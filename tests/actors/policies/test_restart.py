from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.chance import Draw
from hive_resilience.actors.policies.restart import (
    AT_ONCE,
    GiveUp,
    Restart,
    RestartPolicy,
    RestartState,
    exceeds,
    wants_restart,
)
from hive_resilience.config import RestartConfig, RestartType

from .chance import HALF, always


def policy(**settings: object) -> RestartPolicy:
    return RestartPolicy(RestartConfig.model_validate(settings))


def quarantined(**settings: object) -> RestartPolicy:
    """Crashed once with an intensity of 0, at second 0."""
    made = policy(intensity=0, **settings)
    assert isinstance(made.crashed(0.0, HALF), GiveUp)
    return made


def delays(made: RestartPolicy, crashes: int, *, draw: Draw = HALF) -> list[float]:
    decisions = [made.crashed(0.001 * number, draw) for number in range(crashes)]
    return [d.delay for d in decisions if isinstance(d, Restart)]


@pytest.mark.parametrize(
    ("restart_type", "normal_exit", "wanted"),
    [
        (RestartType.PERMANENT, True, True),
        (RestartType.PERMANENT, False, True),
        (RestartType.TRANSIENT, True, False),
        (RestartType.TRANSIENT, False, True),
        (RestartType.TEMPORARY, True, False),
        (RestartType.TEMPORARY, False, False),
    ],
)
def test_restart_type_and_exit_decide_who_comes_back(
    restart_type: RestartType, normal_exit: bool, wanted: bool
) -> None:
    assert wants_restart(restart_type, normal_exit) is wanted


@pytest.mark.parametrize(
    ("crash_times", "now", "exceeded"),
    [
        ([], 0.0, False),
        ([0.0, 1.0], 1.0, False),
        ([0.0, 1.0, 2.0], 2.0, True),
        ([0.0, 1.0, 2.0], 9.999, True),
        ([0.0, 1.0, 2.0], 10.0, False),
    ],
)
def test_intensity_is_exceeded_by_one_more_crash_within_the_period(
    crash_times: list[float], now: float, exceeded: bool
) -> None:
    assert exceeds(crash_times, now, intensity=2, period=10.0) is exceeded


def test_first_restart_is_at_once_and_the_next_ones_back_off() -> None:
    assert delays(policy(), 5) == pytest.approx([0.0, 0.1, 0.2, 0.4, 0.8])


def test_how_fast_it_backs_off_and_how_far_chance_spreads_it_can_be_set() -> None:
    made = policy(base_delay=0.5, backoff_multiplier=3.0, jitter=1.0)
    assert delays(made, 4, draw=always(0.75)) == pytest.approx([0.0, 0.75, 2.25, 6.75])


def test_backoff_ends_at_max_delay() -> None:
    made = policy(intensity=100, max_delay=0.3)
    assert delays(made, 6) == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.3, 0.3])


def test_backoff_never_overflows() -> None:
    made = policy(intensity=1000, backoff_multiplier=100, max_delay=30)
    assert delays(made, 900)[-1] == pytest.approx(30.0)


@pytest.mark.parametrize(("draw", "delay"), [(0.0, 0.08), (0.5, 0.1), (0.75, 0.11)])
def test_jitter_spreads_a_delay_both_ways(draw: float, delay: float) -> None:
    assert delays(policy(), 2, draw=always(draw))[1] == pytest.approx(delay)


def test_one_crash_above_the_intensity_is_given_up() -> None:
    made = policy()
    assert len(delays(made, 5)) == 5
    assert made.crashed(1.0, HALF) == GiveUp(300.0)
    assert made.state(1.0) is RestartState.QUARANTINED


def test_crashes_that_are_spread_out_are_forgiven_for_ever() -> None:
    made = policy(intensity=1, period=10.0, base_delay=4.0)
    decisions = [made.crashed(11.0 * number, HALF) for number in range(50)]
    assert all(isinstance(decision, Restart) for decision in decisions)


def test_a_period_without_a_crash_resets_the_backoff() -> None:
    made = policy()
    made.crashed(0.0, HALF)
    made.crashed(1.0, HALF)
    assert made.crashed(61.1, HALF) == Restart(0.0)


def test_waiting_for_the_restart_does_not_count_as_calm() -> None:
    made = policy(base_delay=50.0, max_delay=50.0, period=20.0)
    made.crashed(0.0, HALF)
    made.crashed(1.0, HALF)
    assert made.crashed(52.0, HALF) == Restart(50.0)


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
def test_a_failed_start_always_backs_off(draw: float) -> None:
    made = policy(jitter=1.0)
    decision = made.failed_start(0.0, always(draw))
    assert isinstance(decision, Restart)
    assert decision.delay > 0


def test_a_failed_start_backs_off_even_without_a_configured_delay() -> None:
    decision = policy(base_delay=0).failed_start(0.0, HALF)
    assert isinstance(decision, Restart)
    assert decision.delay > 0


def test_failed_starts_count_as_crashes_and_double_the_delay() -> None:
    made = policy(intensity=3)
    decisions = [made.failed_start(0.01 * number, HALF) for number in range(4)]
    assert decisions[:3] == [Restart(0.1), Restart(0.2), Restart(0.4)]
    assert decisions[3] == GiveUp(300.0)


def test_a_crash_after_a_failed_start_goes_on_backing_off() -> None:
    made = policy()
    made.failed_start(0.0, HALF)
    assert made.crashed(0.5, HALF) == Restart(0.2)


def test_quarantine_allows_one_trial_each_retry_interval() -> None:
    made = quarantined()
    assert not made.trial_due(299.9)
    assert made.trial_due(300.0)
    assert not made.trial_due(300.0)
    assert made.state(300.0) is RestartState.TRIAL


def test_no_trial_is_due_outside_of_quarantine() -> None:
    assert not policy().trial_due(1000.0)


def test_a_late_crash_report_does_not_delay_the_trial() -> None:
    made = quarantined()
    assert made.crashed(100.0, HALF) == GiveUp(200.0)
    assert made.crashed(301.0, HALF) == GiveUp(0.0)
    assert made.trial_due(301.0)


@pytest.mark.parametrize("failed_start", [True, False])
def test_one_crash_in_a_trial_leads_back_to_quarantine(failed_start: bool) -> None:
    made = quarantined()
    assert made.trial_due(300.0)
    report = made.failed_start if failed_start else made.crashed
    assert report(301.0, HALF) == GiveUp(300.0)
    assert made.trial_due(601.0)


def test_a_trial_that_lasts_a_period_ends_the_quarantine() -> None:
    made = quarantined()
    assert made.trial_due(300.0)
    assert made.state(359.9) is RestartState.TRIAL
    assert made.state(360.0) is RestartState.RUNNING


def test_a_restart_by_hand_clears_the_history_but_not_the_counter() -> None:
    made = policy(intensity=1)
    made.crashed(0.0, HALF)
    made.crashed(1.0, HALF)
    made.restored(2.0)
    assert made.snapshot(2.0).state is RestartState.RUNNING
    assert made.snapshot(2.0).crashes == 2
    assert made.crashed(3.0, HALF) == Restart(0.0)


def test_snapshot_tells_crashes_and_the_wait_for_a_trial() -> None:
    made = policy(intensity=1)
    made.crashed(0.0, HALF)
    before = made.snapshot(0.5)
    made.crashed(1.0, HALF)
    after = made.snapshot(61.0)
    assert (before.crashes, before.recent_crashes, before.retry_after) == (1, 1, None)
    assert (after.crashes, after.recent_crashes, after.retry_after) == (2, 0, 240.0)


def test_a_fresh_child_may_come_back_at_once_at_any_time() -> None:
    assert policy().free_from() == -inf


def test_after_a_crash_only_when_a_period_was_calm() -> None:
    made = policy(period=60.0)
    made.crashed(5.0, HALF)
    assert made.free_from() == 65.0


@pytest.mark.parametrize("settings", [{"intensity": 0}, {"intensity": 0, "period": 1.0}])
def test_never_where_one_crash_is_too_many(settings: dict[str, object]) -> None:
    assert policy(**settings).free_from() == inf


def test_never_out_of_quarantine() -> None:
    made = policy(intensity=1)
    made.crashed(0.0, HALF)
    made.crashed(0.1, HALF)
    assert made.free_from() == inf


@given(
    gaps=st.lists(st.floats(0.0, 200.0), max_size=20),
    intensity=st.integers(0, 4),
    failing=st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_who_may_come_back_at_once_is_brought_back_at_once(
    gaps: list[float], intensity: int, failing: list[bool]
) -> None:
    made = policy(intensity=intensity, period=60.0, quarantine_retry=30.0)
    now = 0.0
    for gap, fails in zip(gaps, failing, strict=False):
        now += gap
        made.trial_due(now)
        free = now >= made.free_from()
        if fails and not free:
            made.failed_start(now, HALF)
            continue
        decision = made.crashed(now, HALF)
        assert decision is AT_ONCE or not free
