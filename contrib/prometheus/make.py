"""Writes `rules.yml`: `python contrib/prometheus/make.py [--runbooks URL] [--target 0.999]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
RUNBOOKS = "docs/runbooks/"
TARGET = 0.999
FEWEST = 3
"""Failures in the long window before a burn rate says anything: one of ten calls is no trend."""


class Rule(NamedTuple):
    """An alert: when it fires, after how long, and the page that says what to do."""

    name: str
    expression: str
    lasts: str
    severity: str
    summary: str
    runbook: str


class Burn(NamedTuple):
    """A speed at which the error budget is used up, over two windows."""

    rate: float
    long: str
    short: str
    severity: str


BURNS = (
    Burn(14.4, "1h", "5m", "critical"),
    Burn(6.0, "6h", "30m", "critical"),
    Burn(1.0, "3d", "6h", "warning"),
)
_ENDED = 'hive_tasks_total{outcome=~"success|failure|refused"}'
_FAILED = 'hive_tasks_total{outcome=~"failure|refused"}'


def _share(window: str) -> str:
    failed, ended = f"sum(increase({_FAILED}[{window}]))", f"sum(increase({_ENDED}[{window}]))"
    return f"({failed} / ({ended} > 0))"


def burn_rules(target: float = TARGET) -> Iterator[Rule]:
    """An alert for each speed: both windows are above it, and enough tasks have failed."""
    for burn in BURNS:
        limit = f"{burn.rate * (1 - target):.6g}"
        yield Rule(
            f"HiveErrorBudgetBurn{burn.long}",
            f"{_share(burn.long)} > {limit} and {_share(burn.short)} > {limit} "
            f"and sum(increase({_FAILED}[{burn.long}])) >= {FEWEST}",
            "0s",
            burn.severity,
            f"The error budget of tasks burns at more than {burn.rate:g} times its rate",
            "burn_rate",
        )


RULES = (
    Rule(
        "HiveNoUsableModel",
        "count(hive_model_status) > 0 unless "
        'sum(hive_model_status{status=~"available|degraded"}) > 0',
        "30s",
        "critical",
        "No model can serve",
        "no_usable_model",
    ),
    Rule(
        "HiveCircuitOpen",
        'max by (model) (hive_breaker_state{state="open"}) == 1',
        "1m",
        "warning",
        "The circuit breaker of {{ $labels.model }} is open",
        "circuit_open",
    ),
    Rule(
        "HiveModelErrorRate",
        'sum by (model) (increase(hive_attempts_total{outcome=~"failure|timeout"}[10m])) / '
        "(sum by (model) "
        '(increase(hive_attempts_total{outcome=~"success|failure|timeout"}[10m])) >= 20) > 0.2',
        "5m",
        "warning",
        "More than a fifth of the calls of {{ $labels.model }} fail",
        "error_rate",
    ),
    Rule(
        "HiveTasksSlow",
        "histogram_quantile(0.95, sum by (le) (rate(hive_task_duration_seconds_bucket[10m]))) > 60",
        "10m",
        "warning",
        "A twentieth of the tasks takes more than a minute",
        "slow",
    ),
    Rule(
        "HiveQueueFull",
        'sum without (worker) (increase(hive_tasks_total{outcome="refused"}[5m])) > 0',
        "5m",
        "warning",
        "Tasks are refused as the runtime is full",
        "queue_full",
    ),
    Rule(
        "HiveModelFull",
        "min by (model) (sum without (worker) (hive_bulkhead_limit - hive_calls_under_way)) <= 0",
        "10m",
        "warning",
        "Every place of {{ $labels.model }} is taken",
        "model_full",
    ),
    Rule(
        "HiveRetryBudgetLow",
        "min by (model) (hive_retry_budget_ratio) < 0.02 and on (model) "
        'increase(hive_rejections_total{reason="retry_budget"}[10m]) > 0',
        "10m",
        "warning",
        "The retry budget of {{ $labels.model }} is used up",
        "retry_budget",
    ),
    Rule(
        "HiveDeadLetters",
        "sum by (reason) (increase(hive_dead_letters_total[15m])) > 10",
        "0s",
        "warning",
        "Messages reach no actor: {{ $labels.reason }}",
        "dead_letters",
    ),
    Rule(
        "HiveActorRestarts",
        "sum by (actor) (increase(hive_actor_restarts_total[15m])) > 3",
        "0s",
        "warning",
        "{{ $labels.actor }} crashes again and again",
        "actor_restarts",
    ),
    Rule(
        "HiveClusterLost",
        "min by (instance) (hive_cluster_joined) == 0",
        "1m",
        "warning",
        "{{ $labels.instance }} reaches no owner of its cluster and goes on alone",
        "cluster_lost",
    ),
    Rule(
        "HiveOwnerChanges",
        "max(increase(hive_cluster_owner_changes_total[15m])) >= 3",
        "0s",
        "warning",
        "The owners of the cluster start again and again",
        "owner_changes",
    ),
    Rule(
        "HiveEventsDropped",
        "sum by (subscriber) (increase(hive_events_dropped_total[15m])) > 0",
        "0s",
        "info",
        "{{ $labels.subscriber }} is too slow for the events",
        "events_dropped",
    ),
)


def rules_text(runbooks: str = RUNBOOKS, target: float = TARGET) -> str:
    """The file of rules; its texts are quoted as JSON, which is YAML."""
    lines = ["# Made by contrib/prometheus/make.py: change that, and run it.", "groups:"]
    for group, rules in (("hive-slo", tuple(burn_rules(target))), ("hive", RULES)):
        lines += [f"  - name: {group}", "    rules:"]
        for rule in rules:
            lines += _rule(rule, runbooks)
    return "\n".join(lines) + "\n"


def _rule(rule: Rule, runbooks: str) -> Iterator[str]:
    yield f"      - alert: {rule.name}"
    yield f"        expr: {json.dumps(rule.expression)}"
    if rule.lasts != "0s":
        yield f"        for: {rule.lasts}"
    yield f"        labels: {{severity: {rule.severity}}}"
    yield "        annotations:"
    yield f"          summary: {json.dumps(rule.summary)}"
    yield f"          runbook_url: {json.dumps(f'{runbooks}{rule.runbook}.md')}"


def main() -> None:
    """Write the file beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runbooks", default=RUNBOOKS, help="where the pages are on the web")
    parser.add_argument("--target", type=float, default=TARGET, help="share of tasks that succeed")
    options = parser.parse_args()
    text = rules_text(options.runbooks, options.target)
    (HERE / "rules.yml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
