"""The life of one alert, step by step."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from hive_resilience.actors.policies.alerting.identity import AlertFact, fingerprint, fits
from hive_resilience.actors.policies.alerting.inhibition import inhibited
from hive_resilience.actors.policies.alerting.machine import (
    RECALL,
    AlertMachine,
    AlertState,
    NotFiringError,
    Standing,
)
from hive_resilience.actors.policies.health.alerts import AlertCondition, AlertSeverity
from hive_resilience.config import AlertInhibitionConfig

SLOW = AlertFact(AlertCondition.RULE, AlertSeverity.WARNING, "a", "slow", holds_for=60.0, keep=30.0)
KEY = SLOW.fingerprint


def news(machine: AlertMachine) -> list[str]:
    return [str(standing.state) for standing in machine.drain()]


def test_it_fires_once_it_has_held_long_enough() -> None:
    machine = AlertMachine()
    machine.report(0.0, SLOW)
    machine.advance(59.0)
    early = news(machine)

    machine.advance(60.0)
    machine.report(70.0, SLOW)

    assert (early, news(machine)) == ([], ["firing"])


def test_what_is_over_before_is_forgotten() -> None:
    machine = AlertMachine()
    machine.report(0.0, SLOW)
    machine.clear(50.0, KEY)
    machine.advance(100.0)

    assert (news(machine), dict(machine.alerts)) == ([], {})


def test_it_is_resolved_once_it_has_been_over_long_enough() -> None:
    machine = AlertMachine()
    machine.report(0.0, SLOW)
    machine.advance(60.0)
    machine.clear(100.0, KEY)
    machine.report(120.0, SLOW)
    machine.advance(200.0)
    machine.clear(200.0, KEY)
    machine.clear(220.0, KEY)
    machine.advance(229.0)
    before = news(machine)

    machine.advance(230.0)

    assert (before, news(machine)) == (["firing"], ["resolved"])


def test_what_is_held_stays_until_it_is_let_go_though_it_be_over() -> None:
    machine = AlertMachine()
    machine.report(0.0, SLOW)
    machine.advance(60.0)
    machine.hold({KEY})
    machine.clear(100.0, KEY)
    machine.advance(500.0)
    before, when = news(machine), machine.next_at(500.0)

    machine.hold(())
    machine.advance(501.0)

    assert (before, when, news(machine)) == (["firing"], inf, ["resolved"])


def test_an_alert_that_has_not_held_long_enough_is_not_held_back() -> None:
    machine = AlertMachine()
    machine.hold({KEY})
    machine.report(0.0, SLOW)
    machine.advance(60.0)

    assert news(machine) == ["firing"]


def test_an_acknowledged_alert_fires_on_and_keeps_the_name() -> None:
    machine = AlertMachine()
    machine.report(0.0, SLOW)
    machine.advance(60.0)
    machine.acknowledge(KEY, "me", "known")
    machine.report(70.0, SLOW)

    standing = machine.alerts[KEY]

    assert (standing.state, standing.acknowledged_by) == (AlertState.ACKNOWLEDGED, "me")
    assert standing.fires


@pytest.mark.parametrize("reported", [True, False])
def test_what_does_not_fire_is_not_acknowledged(reported: bool) -> None:
    machine = AlertMachine()
    if reported:
        machine.report(0.0, SLOW)

    with pytest.raises(NotFiringError):
        machine.acknowledge(KEY, "me", None)


def test_what_was_read_back_is_no_news_and_needs_a_report() -> None:
    machine = AlertMachine()
    machine.recall(0.0, Standing(SLOW, AlertState.FIRING, -500.0))
    machine.clear(10.0, KEY)
    machine.report(20.0, SLOW)
    machine.advance(RECALL)
    confirmed = news(machine)
    machine.clear(400.0, KEY)
    machine.advance(430.0)

    assert (confirmed, news(machine)) == ([], ["resolved"])


def test_what_was_read_back_ends_without_a_report() -> None:
    machine = AlertMachine()
    machine.recall(0.0, Standing(SLOW, AlertState.FIRING, -500.0))
    machine.advance(RECALL - 1)
    before = news(machine)
    machine.advance(RECALL)

    assert (before, news(machine)) == ([], ["resolved"])


def test_fingerprints_differ_where_the_parts_run_together() -> None:
    names = [("ab", "c", None), ("a", "bc", None), ("ab", None, "c"), ("a", "b", "c")]

    assert len({fingerprint(*one) for one in names}) == 4
    assert all(len(fingerprint(*one)) == 16 for one in names)
    assert fingerprint("slow", "gpt-5", None) == "f6ed8b6c887d5f75"


def of(condition: AlertCondition, model_id: str | None = None) -> AlertFact:
    return AlertFact(condition, AlertSeverity.ERROR, model_id)


def test_a_fleet_that_is_out_makes_the_alerts_of_its_models_superfluous() -> None:
    out = of(AlertCondition.NO_USABLE_MODEL)
    muted = [
        of(AlertCondition.MODEL_UNAVAILABLE, "a"),
        of(AlertCondition.CIRCUIT_OPEN, "b"),
        of(AlertCondition.ERROR_RATE, "a"),
        of(AlertCondition.SLOW, "a"),
    ]
    told = [out, of(AlertCondition.MISCONFIGURED, "a"), of(AlertCondition.DEGRADED_MODE)]

    assert set(inhibited([*told, *muted])) == {fact.fingerprint for fact in muted}
    assert inhibited(muted[1:]) == {}


def test_a_model_that_is_out_makes_its_own_breaker_superfluous_alone() -> None:
    out = of(AlertCondition.MODEL_UNAVAILABLE, "a")
    mine, other = of(AlertCondition.CIRCUIT_OPEN, "a"), of(AlertCondition.CIRCUIT_OPEN, "b")

    assert inhibited([out, mine, other]) == {mine.fingerprint: out.fingerprint}


def inhibition(**told: object) -> AlertInhibitionConfig:
    return AlertInhibitionConfig.model_validate(told)


def test_an_alert_that_fires_keeps_back_those_that_the_settings_name() -> None:
    slow, other = of(AlertCondition.SLOW, "eu-1"), of(AlertCondition.SLOW, "us-1")
    cause = replace(SLOW, rule="vpn", model_id=None)
    rule = inhibition(source={"alert": "vpn"}, target={"model": "eu-*"})

    assert inhibited([cause, slow, other], [rule]) == {slow.fingerprint: cause.fingerprint}
    assert inhibited([slow, other], [rule]) == {}


def test_labels_that_have_to_be_the_same_are_compared() -> None:
    rule = inhibition(source={"alert": "misconfigured"}, target={"alert": "slow"}, same=["model"])
    cause = of(AlertCondition.MISCONFIGURED, "a")
    mine, other = of(AlertCondition.SLOW, "a"), of(AlertCondition.SLOW, "b")

    assert inhibited([cause, mine, other], [rule]) == {mine.fingerprint: cause.fingerprint}


def test_no_alert_keeps_itself_or_another_cause_back() -> None:
    rule = inhibition(source={"alert": "slow"}, target={"model": "*"})
    causes = [of(AlertCondition.SLOW, "a"), of(AlertCondition.SLOW, "b")]
    target = of(AlertCondition.DEGRADED_MODE)

    assert set(inhibited([*causes, target], [rule])) == {target.fingerprint}


@pytest.mark.parametrize(
    ("match", "fit"),
    [
        ({"model": "gpt-5"}, True),
        ({"model": "gpt-*", "severity": "error"}, True),
        ({"model": "*"}, True),
        ({"team": ""}, True),
        ({"model": "gpt"}, False),
        ({"model": "gpt.5"}, False),
        ({"model": "gpt-*", "severity": "info"}, False),
        ({"team": "x*"}, False),
    ],
)
def test_labels_are_matched_whole_and_a_star_is_any_text(match: dict[str, str], fit: bool) -> None:
    assert fits(match, {"model": "gpt-5", "severity": "error"}) is fit
