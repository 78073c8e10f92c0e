"""Which conditions are told, and when."""

from __future__ import annotations

from itertools import pairwise
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.health.alerts import (
    SEVERITIES,
    AlertCondition,
    Alerts,
    AlertSeverity,
    Raised,
)

SLOW, OPEN = AlertCondition.SLOW, AlertCondition.CIRCUIT_OPEN


def told(alerts: Alerts) -> list[tuple[str, str]]:
    return [(type(news).__name__, news.alert.condition.value) for news in alerts.drain()]


def test_a_condition_is_raised_once_and_resolved_once() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, SLOW, "slow", "a")
    alerts.report(1.0, SLOW, "slow", "a")
    assert told(alerts) == [("Raised", "slow")]
    alerts.clear(SLOW, "a")
    alerts.clear(SLOW, "a")
    assert told(alerts) == [("Resolved", "slow")]
    assert told(alerts) == []


def test_one_that_returns_in_the_cooldown_is_held_back_until_it_is_over() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, SLOW, "slow")
    alerts.clear(SLOW)
    alerts.drain()
    alerts.report(10.0, SLOW, "again")
    assert told(alerts) == []
    assert (alerts.holds(SLOW), alerts.active, alerts.next_at) == (True, (), 300.0)
    alerts.due(299.9)
    assert told(alerts) == []
    alerts.due(300.0)
    (raised,) = alerts.drain()
    assert isinstance(raised, Raised)
    assert (raised.alert.message, raised.alert.since) == ("again", 10.0)
    assert alerts.next_at == inf


def test_one_that_goes_before_the_cooldown_is_over_is_never_told() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, SLOW, "slow")
    alerts.clear(SLOW)
    alerts.drain()
    alerts.report(10.0, SLOW, "again")
    alerts.clear(SLOW)
    alerts.due(1000.0)
    assert told(alerts) == []


def test_conditions_and_models_have_their_own_cooldowns() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, SLOW, "slow", "a")
    alerts.report(0.0, SLOW, "slow", "b")
    alerts.report(0.0, OPEN, "open", "a")
    assert len(alerts.active) == 3


def test_without_a_cooldown_each_time_is_told() -> None:
    alerts = Alerts(0.0)
    for now in (0.0, 1.0):
        alerts.report(now, SLOW, "slow")
        alerts.clear(SLOW)
    assert [kind for kind, _ in told(alerts)] == ["Raised", "Resolved"] * 2


def test_muted_it_raises_nothing_and_resolves_what_it_has_told() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, OPEN, "open")
    alerts.drain()
    alerts.mute()
    assert told(alerts) == [("Resolved", "circuit_open")]
    alerts.report(1.0, SLOW, "slow")
    alerts.due(1000.0)
    assert told(alerts) == []
    assert alerts.next_at == inf


def test_unmuted_it_raises_what_holds_then_as_the_cooldown_allows() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, OPEN, "open")
    alerts.mute()
    alerts.report(1.0, SLOW, "slow")
    alerts.report(1.0, AlertCondition.ERROR_RATE, "many fail")
    alerts.clear(AlertCondition.ERROR_RATE)
    alerts.drain()
    alerts.unmute(2.0)
    assert told(alerts) == [("Raised", "slow")]
    assert alerts.next_at == 300.0
    alerts.due(300.0)
    assert told(alerts) == [("Raised", "circuit_open")]


def test_every_condition_has_a_severity_and_only_the_loss_of_tasks_is_critical() -> None:
    assert set(SEVERITIES) == set(AlertCondition)
    critical = [c for c, severity in SEVERITIES.items() if severity is AlertSeverity.CRITICAL]
    assert set(critical) == {AlertCondition.NO_USABLE_MODEL, AlertCondition.BURN_RATE}


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 100.0)), max_size=60))
def test_what_flaps_is_raised_at_most_once_in_a_cooldown_and_news_alternate(
    story: list[tuple[bool, float]],
) -> None:
    alerts, now = Alerts(50.0), 0.0
    raised_at: list[float] = []
    kinds: list[type] = []
    for holds, span in story:
        now += span
        if holds:
            alerts.report(now, SLOW, "slow")
        else:
            alerts.clear(SLOW)
        alerts.due(now)
        for news in alerts.drain():
            kinds.append(type(news))
            if isinstance(news, Raised):
                raised_at.append(now)
    assert all(later - earlier >= 50.0 - 1e-9 for earlier, later in pairwise(raised_at))
    assert all(kind is not before for before, kind in pairwise(kinds))


def test_an_alert_is_as_bad_as_its_condition() -> None:
    alerts = Alerts(300.0)
    alerts.report(0.0, SLOW, "slow", "a")
    (news,) = alerts.drain()
    assert news.alert.severity is SEVERITIES[SLOW]
