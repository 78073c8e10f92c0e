"""What rules say of the books of a fleet."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.alerting.identity import AlertFact
from hive_resilience.actors.policies.alerting.metric_readers import (
    COUNTED,
    COUNTED_OF_ALL,
    NOW,
    NOW_OF_ALL,
    SKETCHED,
)
from hive_resilience.actors.policies.alerting.rules import Minute, Rulebook, rules_of
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.metrics.figures import FleetFigures, TokenCounts
from hive_resilience.config import AlertRuleConfig, AlertsConfig
from hive_resilience.config.settings.observability.alert_metrics import METRICS, OWN

from .figures_kit import books, one_model, sketch


def looked(rule: dict[str, Any], *figures: FleetFigures) -> dict[str | None, AlertFact | None]:
    """What a rule says at the last of these moments, of each model."""
    told = AlertRuleConfig(name="r", **rule)
    book = Rulebook(AlertsConfig(rules=[told], default_rules=False, slo_target=None))
    found: dict[str, AlertFact | None] = {}
    for one in figures:
        found = dict(filter(None, book.look(one)))
    facts = [fact for fact in found.values() if fact is not None]
    return {fact.model_id: fact for fact in facts}


def test_every_metric_of_the_settings_is_read_and_no_other() -> None:
    quantiles = {f"{source}_p{p}" for source in (*SKETCHED, "task_latency") for p in (50, 95, 99)}

    assert set(METRICS) == {*COUNTED, *COUNTED_OF_ALL, *NOW, *NOW_OF_ALL, OWN} | quantiles


def test_a_share_holds_for_the_models_that_it_is_true_of() -> None:
    rule = {"metric": "error_rate", "threshold": 0.2, "min_events": 10}
    before = books(0.0, one_model("a"), one_model("b"))
    after = books(
        10.0, one_model("a", successes=10, failures=5), one_model("b", successes=15, failures=1)
    )

    found = looked(rule, before, after)

    assert set(found) == {"a"}
    fact = found["a"]
    assert fact is not None
    assert fact.text == "a: error_rate is 33.3 %, above 20 %, within 5 min (15 events)"
    assert fact.numbers == {"value": pytest.approx(1 / 3), "threshold": 0.2, "events": 15.0}


def test_few_events_say_nothing() -> None:
    rule = {"metric": "error_rate", "threshold": 0.2, "min_events": 20}

    assert looked(rule, books(0.0, one_model()), books(10.0, one_model(failures=19))) == {}


def test_a_rule_is_about_its_models_alone() -> None:
    rule = {"metric": "queue", "threshold": 5, "models": ["b"]}
    full = books(0.0, one_model("a", waiting=9), one_model("b", waiting=9))

    assert set(looked(rule, full)) == {"b"}


def test_what_is_older_than_the_window_does_not_count() -> None:
    rule = {"metric": "rejected", "threshold": 5, "window": "1m"}
    now = [books(10.0 * at, one_model(rejected=9 if at else 0)) for at in range(9)]

    assert set(looked(rule, *now[:6])) == {"a"}
    assert looked(rule, *now) == {}


VALUES: list[tuple[str, dict[str, Any], float]] = [
    ("success_rate", {"successes": 30, "failures": 10}, 0.75),
    ("timeout_rate", {"successes": 30, "timeouts": 10}, 0.25),
    ("latency_mean", {"durations": sketch(*[2.0] * 30)}, 2.0),
    ("latency_p95", {"durations": sketch(*[2.0] * 30)}, 2.0),
    ("first_content_p50", {"first_contents": sketch(*[0.5] * 30)}, 0.5),
    ("attempts", {"successes": 30, "failures": 10}, 40.0),
    ("attempts_per_minute", {"successes": 30}, 6.0),
    ("retries", {"retries": 7}, 7.0),
    ("failovers", {"failovers": 7}, 7.0),
    ("restarts", {"restarts": 2}, 2.0),
    ("cost", {"cost": 1.25}, 1.25),
    ("tokens_per_minute", {"tokens": TokenCounts(100, 50)}, 30.0),
    ("input_tokens_per_minute", {"tokens": TokenCounts(100, 50)}, 20.0),
    ("output_tokens_per_minute", {"tokens": TokenCounts(100, 50)}, 10.0),
    ("in_flight", {"under_way": 3}, 3.0),
    ("places_used", {"under_way": 3, "limit": 4}, 0.75),
    ("retry_budget", {"retry_budget": 0.5}, 0.5),
    ("requests_left", {"requests_left": 7.0}, 7.0),
    ("tokens_left", {"tokens_left": 7.0}, 7.0),
]


@pytest.mark.parametrize(("metric", "told", "value"), VALUES, ids=[one[0] for one in VALUES])
def test_each_metric_of_a_model_has_its_value(
    metric: str, told: dict[str, Any], value: float
) -> None:
    rule = {"metric": metric, "operator": "at_least", "threshold": 0, "min_events": 1}

    fact = looked(rule, books(0.0, one_model()), books(10.0, one_model(**told)))["a"]

    assert fact is not None
    assert fact.numbers["value"] == pytest.approx(value, rel=0.02)


OF_ALL: list[tuple[str, dict[str, Any], float]] = [
    ("task_error_rate", {"succeeded": 30, "failed": 6, "refused": 4}, 0.25),
    ("task_success_rate", {"succeeded": 30, "failed": 10, "cancelled": 99}, 0.75),
    ("task_latency_mean", {"durations": sketch(*[2.0] * 30)}, 2.0),
    ("task_latency_p99", {"durations": sketch(*[2.0] * 30)}, 2.0),
    ("tasks", {"succeeded": 30, "failed": 6}, 36.0),
    ("tasks_per_minute", {"succeeded": 30}, 6.0),
    ("tasks_refused", {"refused": 4}, 4.0),
    ("fallbacks", {"fallbacks": {("a", "b"): 3}}, 3.0),
    ("tasks_in_flight", {"in_flight": 3}, 3.0),
    ("tasks_waiting", {"waiting": 3}, 3.0),
]


@pytest.mark.parametrize(("metric", "told", "value"), OF_ALL, ids=[one[0] for one in OF_ALL])
def test_each_metric_of_all_tasks_has_its_value(
    metric: str, told: dict[str, Any], value: float
) -> None:
    rule = {"metric": metric, "operator": "at_least", "threshold": 0, "min_events": 1}

    fact = looked(rule, books(0.0), books(10.0, **told))[None]

    assert fact is not None
    assert fact.numbers["value"] == pytest.approx(value, rel=0.02)


def test_the_built_in_rules_are_told_of_a_broken_fleet() -> None:
    book = Rulebook(AlertsConfig())
    slow = {"durations": sketch(*[9.0] * 30), "successes": 30}
    list(book.look(books(0.0, one_model("a"), one_model("b"))))

    found = book.look(
        books(
            10.0,
            one_model("a", breaker=State.OPEN, **slow),
            one_model("b", breaker=State.HALF_OPEN),
            succeeded=80,
            failed=20,
        )
    )

    names = {(fact.name, fact.model_id) for _, fact in filter(None, found) if fact is not None}
    assert names == {
        ("low_success_rate", None),
        ("high_response_time", "a"),
        ("circuits_open", None),
        ("burn_rate_fast", None),
        ("burn_rate_slow", None),
    }


def test_a_rule_of_ones_own_takes_the_place_of_a_built_in_one() -> None:
    mine = AlertRuleConfig(name="high_response_time", metric="latency_mean", threshold=60.0)

    assert [r.threshold for r in rules_of(AlertsConfig(rules=[mine]))] == [60.0, 0.9, 2.0]
    assert rules_of(AlertsConfig(default_rules=False)) == ()


def test_the_text_of_a_rule_has_fields_and_is_no_longer_than_it_may_be() -> None:
    rule = {
        "metric": "queue",
        "threshold": 5,
        "text": "{{{alert}}} {model} {metric} {value} {operator} {threshold} {severity}",
    }
    name = "a\x1b[31m" + "x" * 2_000

    fact = looked(rule, books(0.0, one_model(name, waiting=9)))[name]

    assert fact is not None
    assert fact.text.startswith("{r} a\\x1b[31mxxx")
    assert fact.text.endswith("queue 9 above 5 warning")
    assert len(fact.text) < 300


def test_a_model_that_is_gone_is_forgotten() -> None:
    told = AlertRuleConfig(name="r", metric="error_rate", threshold=0.2)
    book = Rulebook(AlertsConfig(rules=[told], default_rules=False))
    list(book.look(books(0.0, one_model("a"), one_model("b"))))

    list(book.look(books(10.0, one_model("b"))))

    assert {key[1] for key in book._readings._sums} == {"b"}


def test_of_too_few_events_nothing_is_said_and_of_none_that_it_is_over() -> None:
    rule = AlertRuleConfig(name="r", metric="error_rate", threshold=0.2, window="1m", min_events=9)
    book = Rulebook(AlertsConfig(rules=[rule], default_rules=False, slo_target=None))
    said: list[list[bool]] = []
    for at in range(10):
        look = book.look(books(10.0 * at, one_model(failures=5 if at else 0)))
        facts = dict(filter(None, look)).values()
        said.append([fact is not None for fact in facts][:-2])  # without the burn rates

    assert said[0] == [False]
    assert said[1] == said[6] == []
    assert said[9] == [False]


def test_tasks_of_a_former_process_burn_on() -> None:
    config = AlertsConfig(default_rules=False, slo_target=0.999)
    new, going_on = Rulebook(config), Rulebook(config)
    going_on.recall(1_000.0, [Minute(60.0 * age, 100, 2) for age in range(240, 0, -1)])
    # What this process has counted before the alerts were switched on stands in the history.
    first = books(1_000.0, succeeded=500, failed=50)
    then = books(1_010.0, succeeded=510, failed=51)

    found = [[holding(book, one) for one in (first, then)] for book in (new, going_on)]

    assert found[0] == [[], []]
    assert found[1] == [["burn_rate_fast", "burn_rate_slow"]] * 2


def holding(book: Rulebook, figures: FleetFigures) -> list[str | None]:
    return [fact.rule for _, fact in filter(None, book.look(figures)) if fact is not None]


def test_sums_read_back_are_those_of_the_windows() -> None:
    book = Rulebook(AlertsConfig(default_rules=False))
    book.recall(5_000.0, [Minute(7_200.0, 10, 1), Minute(300.0, 20, 2), Minute(30.0, 5, 5)])
    list(book.look(books(5_000.0, succeeded=0)))

    sums = [book._tasks.within(window) for window in (240.0, 3_600.0, 259_200.0)]

    assert [tuple(one) for one in sums] == [(5, 5), (25, 7), (35, 8)]
