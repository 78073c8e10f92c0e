"""Each recommendation: when it is given, and the neighbour of that case which says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hive_resilience import ModelConfig, RuntimeConfig
from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.observability.analytics.availability import Budget
from hive_resilience.runtime.observability.analytics.costs import Cost, Tokens
from hive_resilience.runtime.observability.analytics.latencies import quantile
from hive_resilience.runtime.observability.analytics.shares import share
from hive_resilience.runtime.observability.history.records import HOUR, SeriesPoint
from hive_resilience.runtime.observability.reports.advice.advising import advice_of
from hive_resilience.runtime.observability.reports.gathering import Gathered, Period, Series
from hive_resilience.runtime.observability.reports.report import (
    Advice,
    Durations,
    ModelLine,
    Service,
)

SINCE = datetime(2026, 1, 5, tzinfo=UTC)
QUICK, USUAL = [0.1] * 400, [1.0] * 400
TAIL = [0.5] * 900 + [0.7] * 60 + [9.0] * 40
"""Seconds: p50 0.5, p95 0.7, p99 9."""


def sketch(seconds: Sequence[float]) -> LatencySketch:
    found = LatencySketch()
    for each in seconds:
        found.add(each)
    return found


def line(name: str = "m", seconds: Sequence[float] = (), **numbers: Any) -> ModelLine:
    durations = Durations()
    if seconds:
        found = sketch(seconds)
        durations = Durations(*(quantile(found, each) for each in (0.5, 0.95, 0.99)))
    none: dict[str, Any] = {each.name: 0 for each in fields(ModelLine) if each.type == "int"}
    given: dict[str, Any] = none | {
        "share": None,
        "success": None,
        "durations": durations,
        "first_contents": Durations(),
        "faults": {},
        "refusals": {},
        "limit": None,
    }
    return ModelLine(name, **(given | numbers))


def point(hour: int = 0, **numbers: Any) -> SeriesPoint:
    return SeriesPoint(SINCE + timedelta(hours=hour), "m", HOUR, **numbers)


def told(
    model: ModelLine,
    *others: ModelLine,
    points: Sequence[SeriesPoint] = (),
    total: Mapping[str, Mapping[str, int]] | None = None,
    settings: Mapping[str, Any] | None = None,
    cost: Cost | None = None,
    budget: Budget | None = None,
    answered: int = 0,
    days: float = 2.0,
) -> dict[str, Advice]:
    """The advice for `model`, by its kind."""
    period = Period(SINCE, SINCE + timedelta(days=days), HOUR)
    series = Series(point(details=total or {}), list(points))
    lines = (model, *others)
    found = Gathered(period, Series(point(), []), {one.model_id: series for one in lines}, [])
    service = Service(
        answered, 0, 0, 0, None, share(0, answered), None, budget, Durations()
    )  # only what advice reads
    config = None
    if settings is not None:
        models = [
            ModelConfig(id="m", executor=print, **settings),
            ModelConfig(id="n", executor=print),
        ]
        config = RuntimeConfig(models=models)
    advice = advice_of(found, service, lines, [cost] if cost else [], config)
    return {one.kind: one for one in advice if one.model_id in ("m", "n", None)}


def failing(share_of: float, **numbers: Any) -> list[SeriesPoint]:
    return [point(successes=round(100 * (1 - share_of)), failures=round(100 * share_of), **numbers)]


BUSY = [point(successes=3_600 * 10, durations=sketch(USUAL), limit=11)]
"""Ten calls a second of a second each need ten places."""
OPEN = {"transitions": {"half_open": 40, "open": 41, "closed": 1}}


def limited(successes: int = 900, refused: int = 100) -> ModelLine:
    return line(successes=successes, failures=100, faults={"rate_limited": refused})


PAID = Cost("m", 1.0, 0.2, Tokens(), Tokens())
SPENT = Budget(0.999, 10.0, 30, -2.0, 3.0)

GIVEN: dict[str, dict[str, Any]] = {
    "breaker_never_opened": {"model": line(), "points": failing(0.9)},
    "limit_hit": {"model": line(limit=10, refusals={"bulkhead_full": 20})},
    "rate_limited": {"model": limited()},
    "capacity": {"model": line(), "points": BUSY},
    "timeout_near": {
        "model": line(seconds=[9.0] * 400, successes=400, timeouts=40),
        "settings": {"timeout": 10.0},
    },
    "timeout_far": {"model": line(seconds=QUICK), "settings": {"timeout": 10.0}},
    "retries_never_help": {"model": line(retries=400, retries_won=4)},
    "breaker_reopens": {"model": line(), "total": OPEN},
    "failures_cost": {"model": line(failures=20), "cost": PAID},
    "hedge_worth": {"model": line(seconds=TAIL), "others": [line("n", QUICK)], "settings": {}},
    "hedges_lost": {"model": line(hedged=400, hedges_won=4)},
    "budget_used": {"model": line(), "budget": SPENT},
    "never_used": {"model": line(successes=1_000), "settings": {}, "answered": 1_000},
}

NEIGHBOURS: list[tuple[str, dict[str, Any]]] = [
    ("breaker_never_opened", {"model": line(opened=1)}),
    ("breaker_never_opened", {"points": failing(0.5)}),
    ("breaker_never_opened", {"points": failing(0.9, details={"faults": {"request": 90}})}),
    ("breaker_never_opened", {"points": [point(failures=4)]}),
    ("limit_hit", {"model": line(limit=10, refusals={"bulkhead_full": 19})}),
    ("limit_hit", {"model": line(limit=None, refusals={"bulkhead_full": 20})}),
    ("rate_limited", {"model": limited(refused=19)}),
    ("rate_limited", {"model": limited(20_000)}),
    ("capacity", {"points": [point(successes=36_000, durations=sketch(USUAL), limit=12)]}),
    ("capacity", {"model": line(limit=11, refusals={"bulkhead_full": 20})}),
    ("timeout_near", {"settings": {"timeout": 20.0}}),
    ("timeout_near", {"model": line(seconds=[9.0] * 400, successes=400, timeouts=19)}),
    ("timeout_near", {"model": line(seconds=[9.0] * 199, successes=400, timeouts=40)}),
    ("timeout_far", {"settings": {"timeout": 0.4}}),
    ("timeout_far", {"model": line(seconds=QUICK[:199])}),
    ("retries_never_help", {"model": line(retries=400, retries_won=40)}),
    ("retries_never_help", {"model": line(retries=10)}),
    ("breaker_reopens", {"total": {"transitions": {"half_open": 40, "open": 21, "closed": 20}}}),
    ("breaker_reopens", {"total": {"transitions": {"half_open": 19, "open": 20}}}),
    ("failures_cost", {"cost": Cost("m", 1.0, 0.09, Tokens(), Tokens())}),
    ("failures_cost", {"model": line(failures=19)}),
    ("hedge_worth", {"others": [line("n", [8.0] * 400)]}),
    ("hedge_worth", {"others": []}),
    ("hedge_worth", {"settings": {"hedge_after": "1s"}}),
    ("hedge_worth", {"model": line(seconds=USUAL)}),
    ("hedges_lost", {"model": line(hedged=400, hedges_won=80)}),
    ("budget_used", {"budget": Budget(0.999, 30.0, 30, 0.0, 1.0)}),
    ("budget_used", {"budget": Budget(0.999, 1.0, 19, -18.0, 19.0)}),
    ("never_used", {"answered": 999}),
    ("never_used", {"days": 0.5}),
]


def advice(case: Mapping[str, Any]) -> dict[str, Advice]:
    given = dict(case)
    return told(given.pop("model"), *given.pop("others", ()), **given)


@pytest.mark.parametrize("kind", GIVEN)
def test_what_was_measured_is_advised_with_its_cause_and_a_setting(kind: str) -> None:
    found = advice(GIVEN[kind])[kind]
    assert all((found.measured, found.cause, found.setting, found.numbers))
    assert found.model_id == {"budget_used": None, "never_used": "n"}.get(kind, "m")


@pytest.mark.parametrize(("kind", "change"), NEIGHBOURS)
def test_less_than_that_is_no_reason_for_advice(kind: str, change: Mapping[str, Any]) -> None:
    assert kind not in advice({**GIVEN[kind], **change})


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        ("breaker_never_opened", "models.m.circuit_breaker.failure_rate: 0.5, with less min_calls"),
        ("limit_hit", "models.m.bulkhead.max_concurrent: 15"),
        ("capacity", "models.m.bulkhead.max_concurrent: 13"),
        ("timeout_near", "models.m.timeout: 15s"),
        ("timeout_far", "models.m.timeout: 200ms"),
        ("retries_never_help", "models.m.retry.max_retries: 0"),
        ("breaker_reopens", "models.m.circuit_breaker.recovery_timeout: 120s"),
        ("hedge_worth", "models.m.hedge_after: 700ms"),
        ("hedges_lost", "models.m.hedge_after: longer"),
    ],
)
def test_the_setting_is_what_to_write_and_where(kind: str, setting: str) -> None:
    assert advice(GIVEN[kind])[kind].setting == setting
