"""From what was gathered to the lines of a report: the service, each model, what it has cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from .....actors.policies.metrics.sketch import LatencySketch
from .....config.settings.model import ModelConfig
from ...analytics.availability import availability, budget
from ...analytics.costs import Cost, Prices, Tokens, cost
from ...analytics.latencies import quantile
from ...analytics.shares import share
from ...history.records import SeriesPoint
from ..gathering import Gathered, Series
from ..report import Durations, Fallback, ModelLine, Point, Service

MILLION = 1_000_000


def service_of(found: Gathered, objective: float | None) -> Service:
    """All tasks of the period."""
    total = found.fleet.total
    failed = total.failures + total.timeouts + total.rejected
    told = availability(minute for _, minute in found.minutes)
    return Service(
        answered=total.successes,
        failed=total.failures + total.timeouts,
        refused=total.rejected,
        cancelled=total.cancelled,
        availability=share(total.successes, total.successes + failed),
        minutes=told.minutes,
        objective=objective,
        budget=None
        if objective is None
        else budget(total.successes, failed, objective, found.hours()),
        durations=durations_of(total.durations),
        fallbacks=tuple(_fallbacks(total)),
    )


def durations_of(sketch: LatencySketch | None) -> Durations:
    """The percentiles of a sketch."""
    if sketch is None:
        return Durations()
    return Durations(quantile(sketch, 0.5), quantile(sketch, 0.95), quantile(sketch, 0.99))


def _fallbacks(total: SeriesPoint) -> Iterator[Fallback]:
    pairs = total.details.get("fallbacks", {})
    for pair, tasks in sorted(pairs.items(), key=lambda one: (-one[1], one[0])):
        meant, answered = orjson.loads(pair)
        yield Fallback(meant, answered, tasks)


def points_of(points: Iterable[SeriesPoint]) -> tuple[Point, ...]:
    """The series of a model, or of the fleet."""
    return tuple(_point(one) for one in points)


def _point(one: SeriesPoint) -> Point:
    bad = one.failures + one.timeouts + (one.rejected if one.model_id is None else 0)
    has = one.durations
    p50, p95 = (None, None) if has is None else (has.quantile(0.5), has.quantile(0.95))
    return Point(one.at, one.successes, bad, p50, p95)


def lines_of(found: Gathered) -> tuple[ModelLine, ...]:
    """Every model that did something, the busiest first."""
    answers = sum(series.total.successes for series in found.models.values())
    lines = [_line(name, series, answers) for name, series in found.models.items()]
    busy = (line for line in lines if line.attempts or line.cancelled or line.refusals)
    return tuple(sorted(busy, key=lambda line: (-line.attempts, line.model_id)))


def _line(model_id: str, series: Series, answers: int) -> ModelLine:
    total = series.total
    details = total.details
    return ModelLine(
        model_id=model_id,
        share=share(total.successes, answers),
        success=share(total.successes, total.successes + total.failures + total.timeouts),
        successes=total.successes,
        failures=total.failures,
        timeouts=total.timeouts,
        cancelled=total.cancelled,
        durations=durations_of(total.durations),
        first_contents=durations_of(total.first_contents),
        faults=details.get("faults", {}),
        refusals=details.get("rejections", {}),
        retries=total.retries,
        retries_won=details.get("retries", {}).get("won", 0),
        failovers=total.failovers,
        hedged=total.hedged,
        hedges_won=total.hedges_won,
        hedges_lost=total.hedges_lost,
        opened=details.get("transitions", {}).get("open", 0),
        under_way=total.under_way,
        limit=total.limit,
        series=points_of(series.points),
    )


def costs_of(found: Gathered, models: Iterable[ModelConfig]) -> tuple[Cost, ...]:
    """What each model has cost that has cost anything, the dearest first."""
    prices = {model.id: _prices(model) for model in models}
    costs = [
        _cost(name, series.total, prices.get(name))
        for name, series in found.models.items()
        if series.total.cost
    ]
    return tuple(sorted(costs, key=lambda one: (-one.total, one.model_id)))


def _cost(model_id: str, total: SeriesPoint, prices: Prices | None) -> Cost:
    lost = total.details.get("unanswered", {})
    used = Tokens(total.input_tokens, total.output_tokens, total.cached_tokens)
    unused = Tokens(lost.get("input", 0), lost.get("output", 0), lost.get("cached", 0))
    return cost(model_id, total.cost, lost.get("cost", 0) / MILLION, (used, unused), prices)


def _prices(model: ModelConfig) -> Prices | None:
    told = model.prices
    if not told.are_known:
        return None
    of_input = told.input or 0.0
    return Prices(of_input, told.output or 0.0, of_input if told.cached is None else told.cached)
