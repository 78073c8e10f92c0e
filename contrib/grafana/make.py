"""Writes `hive.json`, a dashboard in Grafana's Classic model: `python contrib/grafana/make.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT = 12, 8
_INTERVAL = "$__rate_interval"


class Panel(NamedTuple):
    """A chart: its queries, each with the name of its lines; `unit` as Grafana calls it."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"


class Row(NamedTuple):
    """Charts under one heading."""

    title: str
    panels: tuple[Panel, ...]


def _of(metric: str, labels: str = "") -> str:
    """The series of a metric; a process that serves alone has no label `worker`, which fits too."""
    return f'{metric}{{{labels}{"," if labels else ""}worker=~"$worker"}}'


def _server(operator: str, metric: str, labels: str = "") -> str:
    """The workers of one server as one."""
    return f"{operator} without (worker) ({_of(metric, labels)})"


def _rate(counter: str, labels: str, *by: str) -> str:
    found = f"rate({_of(counter, labels)}[{_INTERVAL}])"
    return f"sum by ({', '.join(by)}) ({found})" if by else f"sum({found})"


def _hourly(counter: str) -> str:
    return f"increase({_of(counter)}[1h])"


def _quantiles(histogram: str, labels: str, *by: str) -> tuple[tuple[str, str], ...]:
    legend = " ".join(f"{{{{{one}}}}}" for one in by)
    buckets = _rate(f"{histogram}_bucket", labels, "le", *by)
    return tuple(
        (f"histogram_quantile({q}, {buckets})", f"p{round(q * 100)} {legend}".strip())
        for q in (0.5, 0.95, 0.99)
    )


_OF = 'model=~"$model"'
_LIMIT = _server("sum", "hive_bulkhead_limit", _OF)
_CONFIGURED = _server("max", "hive_bulkhead_limit_configured", _OF)
_TAKEN = f"{_server('sum', 'hive_calls_under_way', _OF)} / {_LIMIT}"
_ANSWERED = " / ".join(
    _rate("hive_tasks_total", f"outcome{one}") for one in ('="success"', '!="cancelled"')
)
_STATE = _of("hive_breaker_state", f'{_OF},state!="closed"')
_NOT_CLOSED = f"max by (model, state) ({_STATE}) == 1"
_STATUS = _of("hive_model_status", f'{_OF},status!="available"')
_NOT_WELL = f"max by (model, status) ({_STATUS}) == 1"
ROWS = (
    Row(
        "Tasks",
        (
            Panel(
                "Success",
                ((_ANSWERED, "success"),),
                "percentunit",
            ),
            Panel(
                "Tasks a second",
                ((_rate("hive_tasks_total", "", "outcome"), "{{outcome}}"),),
                "reqps",
            ),
            Panel(
                "Strategies",
                ((_rate("hive_dispatched_total", "", "strategy"), "{{strategy}}"),),
                "reqps",
            ),
            Panel(
                "Injected faults",
                (
                    (
                        _rate("hive_chaos_injected_total", "", "model", "fault"),
                        "{{model}} {{fault}}",
                    ),
                ),
                "reqps",
            ),
            Panel("Duration of tasks", _quantiles("hive_task_duration_seconds", ""), "s"),
            Panel(
                "Under way and waiting",
                (
                    (f"sum({_of('hive_tasks_in_flight')})", "under way"),
                    (f"sum({_of('hive_tasks_waiting')})", "waiting"),
                ),
            ),
            Panel(
                "Fallbacks",
                ((_rate("hive_fallbacks_total", "", "from", "to"), "{{from}} to {{to}}"),),
                "reqps",
            ),
            Panel("Degradation", ((f"max({_of('hive_degradation_level')})", "level"),)),
            Panel(
                "Remedies",
                ((_rate("hive_remedies_total", "", "outcome"), "{{outcome}}"),),
            ),
            Panel(
                "Active alerts",
                (
                    (
                        f"sum by (condition) ({_server('max', 'hive_alerts_active')})",
                        "{{condition}}",
                    ),
                ),
            ),
        ),
    ),
    Row(
        "Models",
        (
            Panel(
                "Breakers",
                ((_NOT_CLOSED, "{{model}} {{state}}"),),
                kind="state-timeline",
            ),
            Panel(
                "Status",
                ((_NOT_WELL, "{{model}} {{status}}"),),
                kind="state-timeline",
            ),
            Panel(
                "Calls a second",
                ((_rate("hive_attempts_total", _OF, "model", "outcome"), "{{model}} {{outcome}}"),),
                "reqps",
            ),
            Panel(
                "Failures by kind",
                ((_rate("hive_faults_total", _OF, "model", "fault"), "{{model}} {{fault}}"),),
                "reqps",
            ),
            Panel(
                "Duration of calls that succeeded",
                _quantiles("hive_attempt_duration_seconds", f'{_OF},outcome="success"', "model"),
                "s",
            ),
            Panel(
                "Time to the first chunk",
                _quantiles("hive_time_to_first_chunk_seconds", _OF, "model"),
                "s",
            ),
            Panel(
                "Retries and hedges",
                (
                    (_rate("hive_retries_total", _OF, "model"), "{{model}} retries"),
                    (_rate("hive_hedges_total", _OF, "model", "result"), "{{model}} {{result}}"),
                ),
                "reqps",
            ),
            Panel(
                "Calls not taken",
                (
                    (
                        _rate("hive_rejections_total", _OF, "model", "reason"),
                        "{{model}} {{reason}}",
                    ),
                    (
                        _rate("hive_breaker_not_permitted_total", _OF, "model"),
                        "{{model}} by the breaker",
                    ),
                ),
                "reqps",
            ),
            Panel(
                "Moves of the breakers",
                (
                    (
                        _rate("hive_breaker_transitions_total", _OF, "model", "to"),
                        "{{model}} {{to}}",
                    ),
                ),
                "reqps",
            ),
            Panel(
                "Places taken",
                ((f"max by (model) ({_TAKEN})", "{{model}}"),),
                "percentunit",
            ),
        ),
    ),
    Row(
        "Limits and tokens",
        (
            Panel(
                "Tokens a second",
                (
                    (
                        _rate("hive_tokens_total", _OF, "model", "direction"),
                        "{{model}} {{direction}}",
                    ),
                ),
            ),
            Panel(
                "Remaining quota",
                (
                    (
                        f"min by (model, kind) ({_of('hive_quota_remaining', _OF)})",
                        "{{model}} {{kind}}",
                    ),
                ),
            ),
            Panel(
                "Limits that adapt",
                (
                    (f"min by (model) ({_LIMIT})", "{{model}}"),
                    (f"min by (model) ({_CONFIGURED})", "{{model}} configured"),
                ),
            ),
            Panel(
                "Throttled calls",
                (
                    (
                        f"max by (model, priority) ({_of('hive_throttled_ratio', _OF)})",
                        "{{model}} {{priority}}",
                    ),
                ),
                "percentunit",
            ),
            Panel(
                "Retry budgets",
                ((f"min by (model) ({_of('hive_retry_budget_ratio', _OF)})", "{{model}}"),),
                "percentunit",
            ),
        ),
    ),
    Row(
        "Cluster",
        (
            Panel(
                "Processes",
                (
                    (f"sum({_of('hive_cluster_joined')})", "joined"),
                    (f"max({_of('hive_cluster_peers')})", "known to the owners"),
                ),
            ),
            Panel(
                "Exchanges a second",
                ((_rate("hive_cluster_exchanges_total", "", "outcome"), "{{outcome}}"),),
                "reqps",
            ),
            Panel(
                "Duration of exchanges",
                _quantiles("hive_cluster_exchange_duration_seconds", ""),
                "s",
            ),
            Panel(
                "Shares",
                (
                    (f"sum by (model) ({_of('hive_cluster_share', _OF)})", "{{model}} of all"),
                    (f"max by (model) ({_of('hive_cluster_share', _OF)})", "{{model}} the largest"),
                ),
            ),
            Panel(
                "Changes of the owners",
                ((f"max({_hourly('hive_cluster_owner_changes_total')})", "in an hour"),),
            ),
            Panel(
                "Outcomes too late to count",
                ((_rate("hive_cluster_stale_outcomes_total", _OF, "model"), "{{model}}"),),
                "reqps",
            ),
        ),
    ),
    Row(
        "Runtime and server",
        (
            Panel(
                "Restarts and dead letters",
                (
                    (f"sum by (actor) ({_hourly('hive_actor_restarts_total')})", "{{actor}}"),
                    (f"sum by (reason) ({_hourly('hive_dead_letters_total')})", "{{reason}}"),
                    (
                        f"sum by (subscriber) ({_hourly('hive_events_dropped_total')})",
                        "dropped by {{subscriber}}",
                    ),
                ),
            ),
            Panel(
                "The server's own time",
                _quantiles("hive_overhead_seconds", ""),
                "s",
            ),
            Panel(
                "Requests a second",
                ((_rate("hive_requests_total", "", "status"), "{{status}}"),),
                "reqps",
            ),
            Panel(
                "Tasks a second of each worker",
                ((_rate("hive_tasks_total", "", "worker"), "worker {{worker}}"),),
                "reqps",
            ),
            Panel(
                "Versions",
                (
                    (
                        f"max by (version, python) ({_of('hive_build_info')})",
                        "{{version}} on {{python}}",
                    ),
                ),
                kind="stat",
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return {
        "uid": "hive-resilience",
        "title": "hive-resilience",
        "tags": ["hive-resilience"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": list(_variables())},
        "panels": list(_panels(ROWS)),
    }


def _variables() -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Source"}
    yield _choice("model", "Model", "label_values(hive_calls_under_way, model)")
    yield _choice("worker", "Worker", "label_values(hive_tasks_in_flight, worker)")


def _choice(name: str, label: str, query: str) -> dict[str, Any]:
    """Any of the values that there are, or all."""
    return {
        "name": name,
        "type": "query",
        "label": label,
        "datasource": _SOURCE,
        "query": {"query": query, "refId": f"{name}s"},
        "definition": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    top, number = 0, 0
    for row in rows:
        number += 1
        place = {"x": 0, "y": top, "w": 2 * _WIDTH, "h": 1}
        yield {"id": number, "type": "row", "title": row.title, "gridPos": place, "panels": []}
        top += 1
        for at, panel in enumerate(row.panels):
            number += 1
            y = top + at // 2 * _HEIGHT
            yield _panel(panel, number, {"x": at % 2 * _WIDTH, "y": y, "w": _WIDTH, "h": _HEIGHT})
        top += (len(row.panels) + 1) // 2 * _HEIGHT


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"}},
        "targets": [
            {
                "refId": chr(ord("A") + at),
                "expr": query,
                "legendFormat": legend,
                "datasource": _SOURCE,
            }
            for at, (query, legend) in enumerate(panel.queries)
        ],
    }


def dashboard_text() -> str:
    """The file of the dashboard."""
    return json.dumps(dashboard(), indent=1) + "\n"


def main() -> None:
    """Write the file beside this script."""
    (HERE / "hive.json").write_text(dashboard_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
