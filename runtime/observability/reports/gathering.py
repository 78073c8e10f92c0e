"""What a history has of a period, read once and added up: of the fleet, of each model, by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..analytics.availability import Minute
from ..history.records import HOUR, MINUTE, HistorySource, RecordKind, SeriesPoint
from ..history.sums import Sum, moment
from .counting import counted, injected

_SHORT = 6 * HOUR
"""Seconds of a period that is read by minutes; a longer one is read by hours."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to `until`, both on an edge of a step, as far as they are in the past."""

    since: datetime
    until: datetime
    step: int

    @classmethod
    def of(cls, since: datetime, until: datetime, now: datetime) -> Period:
        """The period in whole steps round these times."""
        step = MINUTE if (until - since).total_seconds() <= _SHORT else HOUR
        begin, end = since.timestamp() // step * step, -(-until.timestamp() // step) * step
        return cls(moment(begin), min(moment(end), max(now, until)), step)

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.until - self.since).total_seconds()


@dataclass(slots=True)
class Series:
    """The points of a model, or of the fleet, and what they add up to."""

    total: SeriesPoint
    points: list[SeriesPoint]


@dataclass(slots=True)
class Gathered:
    """All of a period; outcomes that an experiment has injected are in `injected` alone."""

    period: Period
    fleet: Series
    models: dict[str, Series]
    minutes: list[tuple[datetime, Minute]]
    injected: dict[str | None, Counter[str]] = field(default_factory=dict[str | None, Counter[str]])

    @property
    def first(self) -> datetime | None:
        """When the oldest point was; None: there is none."""
        begins = [one.points[0].at for one in (self.fleet, *self.models.values()) if one.points]
        return min(begins, default=None)

    def hours(self) -> list[tuple[datetime, Minute]]:
        """The tasks of each hour."""
        found: dict[datetime, list[int]] = {}
        for at, minute in self.minutes:
            hour = found.setdefault(at.replace(minute=0, second=0, microsecond=0), [0, 0])
            hour[0] += minute.good
            hour[1] += minute.failed
        return [(at, Minute(*both)) for at, both in found.items()]


def gather(source: HistorySource, period: Period, *, with_injected: bool) -> Gathered:
    """Read it. Raises what the source raises."""
    points: dict[str | None, list[SeriesPoint]] = {}
    left_out: dict[str | None, Counter[str]] = {}
    for point in _series(source, period, None, period.step):
        told = injected(point)
        if told:
            left_out.setdefault(point.model_id, Counter()).update(told)
        kept = counted(point, with_injected=with_injected)
        points.setdefault(point.model_id, []).append(kept)
    fleet = points.pop(None, [])
    minutes = fleet
    if period.step != MINUTE:
        found = _series(source, period, "", MINUTE)
        minutes = [counted(point, with_injected=with_injected) for point in found]
    return Gathered(
        period,
        _added(None, fleet),
        {model_id: _added(model_id, points[model_id]) for model_id in sorted(filter(None, points))},
        [(point.at, minute_of(point)) for point in minutes],
        left_out,
    )


def minute_of(point: SeriesPoint) -> Minute:
    """The tasks of a point of the fleet that are valid: not those that were cancelled."""
    return Minute(point.successes, point.failures + point.timeouts + point.rejected)


def _series(
    source: HistorySource, period: Period, model: str | None, step: int
) -> Iterable[SeriesPoint]:
    read = source.read(RecordKind.SERIES, period.since, period.until, model, step)
    return (point for point in read if isinstance(point, SeriesPoint))


def _added(model_id: str | None, points: list[SeriesPoint]) -> Series:
    at = int(points[0].at.timestamp()) if points else 0
    total = Sum(at, model_id)
    for point in points:
        total.add(point)
    return Series(total.point(MINUTE), points)
