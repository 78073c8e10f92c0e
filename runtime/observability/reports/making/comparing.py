"""Two periods beside each other: each number with the interval of its difference."""

from __future__ import annotations

from collections.abc import Iterator

from .....actors.policies.metrics.sketch import LatencySketch
from ...analytics.ratios import quantile_ratio
from ...analytics.shares import ENOUGH, difference, share
from ...history.records import SeriesPoint
from ..gathering import Gathered, Series
from ..report import Compared, Comparison

PERCENTILES = (("p50", 0.5), ("p95", 0.95))
_EFFECT = 0.1


def comparison_of(now: Gathered, before: Gathered) -> Comparison:
    """This period beside another one."""
    rows = [*_service(now.fleet.total, before.fleet.total)]
    for model_id in sorted(now.models.keys() & before.models.keys()):
        rows += _model(model_id, now.models[model_id], before.models[model_id])
    return Comparison(before.period.since, before.period.until, tuple(rows))


def _service(now: SeriesPoint, before: SeriesPoint) -> Iterator[Compared]:
    valid = [one.successes + one.failures + one.timeouts + one.rejected for one in (now, before)]
    good = now.successes, before.successes
    yield from _share("availability", None, (good[0], valid[0]), (good[1], valid[1]))
    for name, q in PERCENTILES:
        yield from _ratio(name, q, None, (now.durations, before.durations))


def _model(model_id: str, one: Series, other: Series) -> Iterator[Compared]:
    now, before = one.total, other.total
    attempts = [each.successes + each.failures + each.timeouts for each in (now, before)]
    mine = (now.successes, attempts[0]), (before.successes, attempts[1])
    yield from _share("success", model_id, *mine)
    for name, q in PERCENTILES:
        yield from _ratio(name, q, model_id, (now.durations, before.durations))


def _share(
    metric: str, model_id: str | None, now: tuple[int, int], before: tuple[int, int]
) -> Iterator[Compared]:
    one, other = share(*now), share(*before)
    if one is None or other is None:
        return
    found = difference(one, other)
    enough = one.is_enough and other.is_enough
    yield Compared(
        metric,
        model_id,
        "share",
        other.value,
        one.value,
        found.value,
        found.interval,
        (other.count, one.count),
        seen=enough and found.is_seen,
    )


def _ratio(
    metric: str,
    q: float,
    model_id: str | None,
    sketches: tuple[LatencySketch | None, LatencySketch | None],
) -> Iterator[Compared]:
    now, before = sketches
    if now is None or before is None:
        return
    found = quantile_ratio(now, before, q)
    if found is None:
        return
    counts = before.count, now.count
    large = abs(found.value - 1) >= _EFFECT
    seen = min(counts) >= ENOUGH and large and 1.0 not in found.interval
    told = found.before, found.now, found.value, found.interval
    yield Compared(metric, model_id, "ratio", *told, counts, seen)
