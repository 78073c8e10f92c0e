"""Whether a model has places enough: what found none, and what its load needs (Little 1961)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from .....actors.policies.metrics.reasons import BULKHEAD_FULL, RATE_LIMITED
from ...analytics.capacity import Capacity, capacity, first_above
from ...analytics.shares import ENOUGH
from ...history.records import HOUR, SeriesPoint
from .. import words
from ..loads import forecast_of, hourly_calls
from ..report import Advice
from .case import Case

_SPARE = 1.25
"""Places are advised with so much room beyond what is needed."""


def limit_hit(case: Case) -> Iterator[Advice]:
    """Calls found no place: more places, or more models."""
    refused, limit = case.line.refusals.get(BULKHEAD_FULL, 0), case.line.limit
    if refused < ENOUGH or limit is None:
        return
    need = _busiest(case)
    more = "" if need is None else f"; the mean of its busiest hour needs {_needed(need)}"
    wanted = max(ceil(_SPARE * (need.needed if need else limit)), ceil(1.5 * limit))
    yield Advice(
        "limit_hit",
        case.line.model_id,
        f"{words.count(refused)} times there was no place among {words.count(limit)}{more}",
        "tasks wait, or go to another model, while this one might take them",
        case.setting("bulkhead.max_concurrent", wanted),
        {"refused": refused, "limit": limit, "wanted": wanted},
    )


def _needed(need: Capacity) -> str:
    told = f"{words.amount(need.needed)} of them"
    return f"{told}, so that the calls come in bursts" if need.needed < need.limit / 2 else told


def capacity_short(case: Case) -> Iterator[Advice]:
    """The load of the busiest hour, or of a forecast, needs more places than there are."""
    need = _busiest(case)
    if need is None or case.line.refusals.get(BULKHEAD_FULL, 0) >= ENOUGH:
        return
    when = None if need.is_short else _short_from(case, need.limit)
    if not need.is_short and when is None:
        return
    measured = (
        f"the busiest hour needs {words.amount(need.needed)} of {need.limit} places "
        "(calls a second by their p95)"
    )
    if when is not None:
        measured += f"; by the forecast they are too few from {when}"
    wanted = max(ceil(_SPARE * need.needed), need.limit + 1)
    yield Advice(
        "capacity",
        case.line.model_id,
        measured,
        "with more load tasks will wait for a place",
        case.setting("bulkhead.max_concurrent", wanted),
        {"needed": need.needed, "limit": need.limit, "wanted": wanted},
    )


def rate_limited(case: Case) -> Iterator[Advice]:
    """The provider refuses calls for their rate, or ours holds them back."""
    refused = case.line.faults.get("rate_limited", 0)
    held = case.line.refusals.get(RATE_LIMITED, 0)
    if refused < ENOUGH or refused < 0.01 * case.line.attempts:
        return
    busiest = max((_calls(point) for point in _hours(case)), default=0)
    yield Advice(
        "rate_limited",
        case.line.model_id,
        f"{words.count(refused)} of {words.count(case.line.attempts)} attempts were refused for "
        f"their rate, {words.count(held)} were held back before; {words.count(busiest)} calls in "
        "the busiest hour",
        "each refused attempt costs a task its time, and may park the model",
        case.setting("rate_limit.requests_per_minute", "what the provider grants, or ask for more"),
        {"refused": refused, "held": held},
    )


def _hours(case: Case) -> list[SeriesPoint]:
    return case.series.points if case.period.step == HOUR else []


def _calls(point: SeriesPoint) -> int:
    return point.successes + point.failures + point.timeouts


def _busiest(case: Case) -> Capacity | None:
    """What the busiest hour with enough calls needs; None: there is none."""
    found = [
        capacity(_calls(point) / HOUR, p95, point.limit)
        for point in _hours(case)
        if point.limit and point.durations is not None and point.durations.count >= ENOUGH
        if (p95 := point.durations.quantile(0.95)) is not None
    ]
    return max(found, key=lambda one: one.needed / one.limit, default=None)


def _short_from(case: Case, limit: int) -> str | None:
    """The hour from which the band of the forecast needs more places than there are."""
    told = forecast_of(hourly_calls(case.series.points, case.period))
    p95 = case.line.durations.p95
    if told is None or p95 is None or p95.value <= 0:
        return None
    step = first_above(told.high, limit / p95.value * HOUR)
    return None if step is None else words.when(case.period.until + timedelta(hours=step))
