import pytest

from hive_resilience.actors.policies.health.health import HealthStatus
from hive_resilience.actors.policies.health.status import ModelStatus
from hive_resilience.config import HealthCheckConfig

from ..chance import always

AVAILABLE, DEGRADED = ModelStatus.AVAILABLE, ModelStatus.DEGRADED
UNAVAILABLE, MAINTENANCE = ModelStatus.UNAVAILABLE, ModelStatus.MAINTENANCE


def health(**settings: object) -> HealthStatus:
    return HealthStatus(HealthCheckConfig.model_validate(settings), interval=30.0)


def unavailable() -> HealthStatus:
    made = health(failures=3)
    for now in (0.0, 5.0, 10.0):
        made.probe_failed(now)
    assert made.status is UNAVAILABLE
    return made


def test_a_model_is_available_until_something_else_is_known() -> None:
    assert health().status is AVAILABLE


def test_as_many_failed_probes_in_a_row_as_retries_make_it_unavailable() -> None:
    made = health(failures=2, retries=0)
    made.probe_failed(0.0)
    assert made.status is AVAILABLE
    made.probe_failed(5.0)
    assert made.status is UNAVAILABLE


def test_a_passed_probe_begins_the_row_anew() -> None:
    made = health(failures=2, retries=0)
    made.probe_failed(0.0)
    made.probe_passed(5.0, 0.1)
    made.probe_failed(10.0)
    assert made.status is AVAILABLE


def test_one_passed_probe_brings_it_back() -> None:
    made = unavailable()
    made.probe_passed(15.0, 0.1)
    assert made.status is AVAILABLE


def test_one_real_success_brings_it_back() -> None:
    made = unavailable()
    made.traffic_succeeded(15.0)
    assert made.status is AVAILABLE


def test_a_real_success_outranks_failed_probes_for_an_interval() -> None:
    made = health(failures=1, retries=0)
    made.traffic_succeeded(0.0)
    made.probe_failed(29.9)
    assert made.status is AVAILABLE
    made.probe_failed(30.0)
    assert made.status is DEGRADED


def test_a_model_that_serves_is_not_taken_out_by_probes_alone() -> None:
    made = health(failures=1, retries=0)
    made.traffic_succeeded(0.0)
    made.probe_failed(299.0)
    assert (made.status, made.reason) == (DEGRADED, "probes fail, but its calls succeed")
    made.probe_failed(300.0)
    assert made.status is UNAVAILABLE


def test_a_failed_call_and_failed_probes_take_it_out_together() -> None:
    made = health(failures=1, retries=0)
    made.traffic_succeeded(0.0)
    made.probe_failed(40.0)
    made.traffic_failed(41.0)
    assert made.status is UNAVAILABLE
    made.traffic_succeeded(42.0)
    made.traffic_failed(43.0)
    made.probe_failed(90.0)
    assert made.status is UNAVAILABLE


def test_the_last_usable_model_is_only_degraded_by_failed_probes() -> None:
    made = health(failures=1, retries=0)
    made.probe_failed(0.0, last_usable=True)
    assert made.status is DEGRADED
    made.probe_failed(5.0, last_usable=False)
    assert made.status is UNAVAILABLE


@pytest.mark.parametrize(("duration", "status"), [(3.99, AVAILABLE), (4.0, DEGRADED)])
def test_a_probe_slower_than_most_of_its_timeout_degrades(
    duration: float, status: ModelStatus
) -> None:
    made = health(timeout=5.0)
    made.probe_passed(0.0, duration)
    assert made.status is status


@pytest.mark.parametrize(("duration", "status"), [(2.99, AVAILABLE), (3.01, DEGRADED)])
def test_a_slow_model_has_to_be_clearly_quicker_to_be_well_again(
    duration: float, status: ModelStatus
) -> None:
    made = health(timeout=5.0)
    made.probe_passed(0.0, 4.5)
    made.probe_passed(30.0, duration)
    assert made.status is status


@pytest.mark.parametrize(
    ("shown", "reason"),
    [({"failing": True}, "calls fail"), ({"slow": True}, "calls are slow")],
)
def test_traffic_that_fails_or_is_slow_degrades_until_it_is_well(
    shown: dict[str, bool], reason: str
) -> None:
    made = health()
    made.traffic(0.0, **{"failing": False, "slow": False, **shown})
    assert (made.status, made.reason) == (DEGRADED, reason)
    made.traffic(1.0, failing=False, slow=False)
    assert (made.status, made.reason) == (AVAILABLE, "well")


def test_maintenance_outranks_everything_until_it_is_left() -> None:
    made = health(failures=1, retries=0)
    made.enter_maintenance(0.0)
    made.probe_failed(1.0)
    made.traffic(2.0, failing=True, slow=False)
    assert made.status is MAINTENANCE
    made.leave_maintenance(3.0)
    assert made.status is AVAILABLE


def test_each_change_is_one_event_with_its_reason() -> None:
    made = unavailable()
    made.probe_failed(15.0)
    made.probe_passed(20.0, 0.1)
    events = made.drain_events()
    assert [(e.previous, e.status, e.at) for e in events] == [
        (AVAILABLE, UNAVAILABLE, 10.0),
        (UNAVAILABLE, AVAILABLE, 20.0),
    ]
    assert events[0].reason == "probes fail"
    assert made.drain_events() == ()


def test_a_well_model_is_probed_every_jittered_interval() -> None:
    made = health(jitter=0.5)
    assert made.next_probe(0.0, always(0.0)) == pytest.approx(30.0)
    assert made.next_probe(0.0, always(0.999)) == pytest.approx(45.0, rel=0.01)


def test_a_model_whose_first_probes_fail_is_probed_six_times_as_often() -> None:
    made = health(failures=3)
    made.probe_failed(0.0)
    assert made.next_probe(0.0, always(0.0)) == pytest.approx(5.0)
    assert made.next_probe(100.0, always(0.0)) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("out_for", "wait"),
    [(0.0, 0.75), (8.9, 0.75), (9.1, 9.1 / 12), (30.0, 2.5), (60.0, 5.0), (999.0, 5.0)],
)
def test_a_model_that_is_out_is_probed_soon_and_later_the_longer_it_is_out(
    out_for: float, wait: float
) -> None:
    opened, failing = health(), unavailable()
    opened.next_probe(10.0, always(0.0), troubled=True)
    failing.next_probe(10.0, always(0.0))
    now = 10.0 + out_for
    assert opened.next_probe(now, always(0.0), troubled=True) == pytest.approx(wait)
    assert failing.next_probe(now, always(0.0)) == pytest.approx(wait)


def test_a_trial_of_the_breaker_does_not_begin_the_outage_again_and_its_closing_does() -> None:
    made = health()
    made.next_probe(0.0, always(0.0), troubled=True, out=True)
    assert made.next_probe(40.0, always(0.0), out=True) == pytest.approx(30.0)
    assert made.next_probe(60.0, always(0.0), troubled=True, out=True) == pytest.approx(5.0)
    assert made.next_probe(61.0, always(0.0)) == pytest.approx(30.0)
    assert made.next_probe(62.0, always(0.0), troubled=True, out=True) == pytest.approx(0.75)


def test_a_model_that_comes_back_after_ten_seconds_is_seen_within_one() -> None:
    made, now = health(), 0.0
    while now <= 10.0:
        now += made.next_probe(now, always(0.999999), troubled=True)
    assert now < 11.0


def test_a_probe_that_hung_is_followed_by_the_next_as_if_it_had_not() -> None:
    made = unavailable()
    made.next_probe(10.0, always(0.0))
    assert made.next_probe(70.0, always(0.0), elapsed=4.0) == pytest.approx(1.0)
    assert made.next_probe(70.0, always(0.0), elapsed=60.0) == pytest.approx(0.5)


def test_other_settings_are_met_by_what_is_known() -> None:
    made = health(failures=5, retries=0)
    for now in (0.0, 5.0):
        made.probe_failed(now)
    made.reconfigure(HealthCheckConfig(failures=2, retries=0), 12.0, 6.0)
    assert made.status is UNAVAILABLE
    assert made.next_probe(6.0, always(0.0)) == pytest.approx(0.3)
    assert made.next_probe(60.0, always(0.0)) == pytest.approx(2.0)


@pytest.mark.parametrize("told", [True, False])
def test_probes_pause_while_traffic_proves_health(told: bool) -> None:
    made = health()
    if not told:
        made.traffic_succeeded(95.0)
    last = 95.0 if told else None
    assert made.next_probe(100.0, always(0.0), last_traffic_success=last) == pytest.approx(25.0)


def test_a_probe_is_due_unless_traffic_has_proven_health_meanwhile() -> None:
    made = health()
    assert made.probe_due(0.0)
    made.traffic_succeeded(10.0)
    assert not made.probe_due(39.9)
    assert made.probe_due(40.0)


def test_no_probe_is_due_in_maintenance_or_when_switched_off() -> None:
    made = health()
    made.enter_maintenance(0.0)
    assert not made.probe_due(100.0)
    assert not health(enabled=False).probe_due(100.0)


def test_snapshot_tells_status_reason_and_the_last_probe() -> None:
    made = health(failures=1, retries=0)
    fresh = made.snapshot()
    made.traffic_succeeded(0.0)
    made.probe_failed(40.0)
    failed = made.snapshot()
    made.probe_passed(50.0, 0.25)
    assert (fresh.status, fresh.last_success_at, fresh.last_probe_at) == (AVAILABLE, None, None)
    assert (failed.status, failed.reason) == (DEGRADED, "probes fail, but its calls succeed")
    assert failed.since == 40.0
    assert (failed.failed_probes, failed.last_success_at) == (1, 0.0)
    assert made.snapshot().last_probe_duration == 0.25


def test_traffic_that_shows_what_is_known_changes_nothing() -> None:
    made = health()
    made.traffic(1.0, failing=True, slow=False)
    made.drain_events()
    made.traffic(2.0, failing=True, slow=False)
    assert made.drain_events() == ()
    assert made.status is DEGRADED
