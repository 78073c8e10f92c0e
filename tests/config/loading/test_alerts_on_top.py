"""The group `alerts` beside `global`, and its lists: read, overridden, written again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import AlertRuleConfig, AlertsConfig, dump_config, load_config
from hive_resilience.config.loading.load import changed
from hive_resilience.errors import ConfigurationError

MODELS = {"a": {"endpoint": "http://127.0.0.1:9/v1"}}
RULE: dict[str, Any] = {"name": "slow", "metric": "latency_p95", "threshold": 8.0}


def alerts(folder: Path, told: dict[str, Any], **how: Any) -> AlertsConfig:
    path = folder / "settings.json"
    path.write_text(json.dumps({"models": MODELS, **told}))
    return load_config(path, environ=how.pop("environ", {}), **how).global_.alerts


@pytest.mark.parametrize("outer", ["top", "global"])
def test_alerts_stand_on_top_or_among_the_settings_for_all(tmp_path: Path, outer: str) -> None:
    told: dict[str, Any] = {"alerts": {"groupWait": "3s", "rules": [{**RULE, "holdsFor": "2m"}]}}
    told = told if outer == "top" else {"global": told}

    found = alerts(tmp_path, told)

    assert found.group_wait == 3.0
    assert [(rule.name, rule.holds_for) for rule in found.rules] == [("slow", 120.0)]


def test_alerts_in_both_places_are_a_mistake(tmp_path: Path) -> None:
    told = {"alerts": {"error_rate": 0.5}, "global": {"alerts": {"min_calls": 3}}}

    with pytest.raises(ConfigurationError, match="written twice"):
        alerts(tmp_path, told)


def test_a_bare_number_in_a_rule_is_milliseconds_in_files_and_seconds_in_overrides(
    tmp_path: Path,
) -> None:
    rules = [{**RULE, "window": 60_000}]
    given = [{**RULE, "window": 120, "holdsFor": 5}]

    in_a_file = alerts(tmp_path, {"alerts": {"rules": rules}})
    in_python = alerts(tmp_path, {}, overrides={"alerts": {"rules": given}})

    assert in_a_file.rules[0].window == 60.0
    assert (in_python.rules[0].window, in_python.rules[0].holds_for) == (120.0, 5.0)
    assert given == [{**RULE, "window": 120, "holdsFor": 5}]


def test_rules_of_a_variable_are_json(tmp_path: Path) -> None:
    environ = {"RESILIENCE_ALERTS_RULES": json.dumps([RULE])}

    assert alerts(tmp_path, {}, environ=environ).rules == (AlertRuleConfig(**RULE),)


def test_settings_with_rules_are_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    rules = [{**RULE, "labels": {"team": "x"}, "models": ["a"], "window": "10m"}]
    path.write_text(json.dumps({"models": MODELS, "alerts": {"rules": rules}}))
    config = load_config(path, environ={})

    path.write_text(dump_config(config, format="json"))

    assert load_config(path, environ={}) == config
    assert (
        changed(config, {"global": {"task_timeout": 9.0}}).global_.alerts == config.global_.alerts
    )


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"metric": "eror_rate"}, "there is no such metric; did you mean error_rate?"),
    ({"metric": "error_rate", "threshold": 20}, "error_rate is a share from 0 to 1: 20 % is 0.2"),
    ({"window": "2h"}, "the window of latency_p95 is 3600s at most"),
    ({"metric": "tasks", "window": "4d"}, "the window of tasks is 259200s at most"),
    ({"metric": "queue", "window": "1m"}, "queue is a number of the moment and has no window"),
    ({"metric": "tasks", "models": ["a"]}, "tasks is of all tasks, not of single models"),
    ({"models": ["b"]}, "alerts.rules.slow.models: no model has the id 'b'; models are: a"),
    ({"text": "{modle}"}, r"there is no field {modle}; did you mean {model}?"),
    ({"text": "{value!r}"}, "there is no field {value}"),
    ({"text": "{value.x}"}, "there is no field {value.x}"),
    ({"text": "{"}, "a brace alone is written twice"),
    ({"text": "a\nb"}, "one line of printable characters"),
    ({"text": "x" * 1001}, "at most 1000 characters"),
    ({"labels": {"model": "x"}}, "every alert has the label model by itself"),
    ({"labels": {"a b": "x"}}, "letters, digits and _ alone"),
    ({"severity": "fatal"}, "alerts.rules.slow.severity: 'fatal' does not fit"),
    ({"threshold": -1}, "alerts.rules.slow.threshold: -1 does not"),
    ({"metric": None}, "alerts.rules.slow.metric"),
    ({"zzz": 1}, "zzz: unknown setting"),
]


@pytest.mark.parametrize(("told", "said"), MISTAKES, ids=str)
def test_a_rule_that_cannot_work_is_refused_with_its_place(
    tmp_path: Path, told: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        alerts(tmp_path, {"alerts": {"rules": [{**RULE, **told}]}})

    assert said in str(caught.value)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="two rules have the name 'slow'"):
        alerts(tmp_path, {"alerts": {"rules": [RULE, RULE]}})


def test_a_pattern_with_many_stars_is_refused(tmp_path: Path) -> None:
    route: dict[str, Any] = {"match": {"model": "*a*b*c*d*"}, "channels": []}

    with pytest.raises(ConfigurationError, match="4 stars at most"):
        alerts(tmp_path, {"alerts": {"routes": [route]}})
