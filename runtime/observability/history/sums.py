"""Points that add up: the same minute again, sixty minutes as an hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from operator import add, attrgetter
from typing import Any

from ....actors.policies.metrics.sketch import LatencySketch
from .records import SeriesPoint

SKETCHES = ("durations", "other_durations", "first_contents")
MOST = ("under_way", "waiting")
LAST = ("limit", "status", "breaker")
_AS_THEY_ARE = frozenset({"at", "model_id", "span", "schema", "details", *SKETCHES, *MOST, *LAST})
COUNTS = tuple(one.name for one in fields(SeriesPoint) if one.name not in _AS_THEY_ARE)
"""The fields that are counts: they add up."""
_COUNTS_OF, _MOST_OF, _LAST_OF = attrgetter(*COUNTS), attrgetter(*MOST), attrgetter(*LAST)


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a time, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


class Sum:
    """Points of one model in one span of time, added up."""

    __slots__ = ("_packed", "at", "counts", "details", "last", "model_id", "most", "sketches")

    def __init__(self, at: int, model_id: str | None) -> None:
        self.at: int = at
        self.model_id: str | None = model_id
        self.counts: list[float] = [0] * len(COUNTS)
        self.most: list[int] = [0] * len(MOST)
        self.last: list[Any] = [None] * len(LAST)
        self.details: dict[str, dict[str, int]] = {}
        self.sketches: list[LatencySketch | None] = [None] * len(SKETCHES)
        self._packed: list[bytes | None] = [None] * len(SKETCHES)

    def add(self, point: SeriesPoint) -> None:
        """One more point; a later one, where it says how things are."""
        self.counts = list(map(add, self.counts, _COUNTS_OF(point)))
        self.most = list(map(max, self.most, _MOST_OF(point)))
        for place, value in enumerate(_LAST_OF(point)):
            if value is not None:
                self.last[place] = value
        for kind, counted in point.details.items():
            mine = self.details.setdefault(kind, {})
            for name, count in counted.items():
                mine[name] = mine.get(name, 0) + count
        for place, name in enumerate(SKETCHES):
            self._add_sketch(place, getattr(point, name))

    def point(self, span: int) -> SeriesPoint:
        """All of it as one point."""
        fields: dict[str, Any] = {
            **dict(zip(COUNTS, self.counts, strict=True)),
            **dict(zip(MOST, self.most, strict=True)),
            **dict(zip(LAST, self.last, strict=True)),
            **dict(zip(SKETCHES, self.sketches, strict=True)),
        }
        return SeriesPoint(moment(self.at), self.model_id, span, details=self.details, **fields)

    def packed(self) -> list[bytes | None]:
        """The sketches as bytes; only those that have changed are written again."""
        for place, sketch in enumerate(self.sketches):
            if sketch is not None and self._packed[place] is None:
                self._packed[place] = sketch.to_bytes()
        return self._packed

    def _add_sketch(self, place: int, sketch: LatencySketch | None) -> None:
        if sketch is None or not sketch.count:
            return
        mine = self.sketches[place]
        if mine is None:
            self.sketches[place] = sketch.copy()
        elif mine.accuracy == sketch.accuracy:
            mine.merge(sketch)
        self._packed[place] = None


def in_steps(points: Iterable[SeriesPoint], step: int) -> Iterator[SeriesPoint]:
    """Points, oldest first, added up to steps of so many seconds; a longer one stays as it is."""
    sums: dict[tuple[int, int, str | None], Sum] = {}
    for point in points:
        span = max(step, point.span)
        at = int(point.at.timestamp()) // span * span
        for key in [key for key in sums if key[0] + key[1] <= at]:
            yield sums.pop(key).point(key[1])
        key = (at, span, point.model_id)
        if key not in sums:
            sums[key] = Sum(at, point.model_id)
        sums[key].add(point)
    for (_, span, _), one in sorted(sums.items(), key=_by_time):
        yield one.point(span)


def _by_time(item: tuple[tuple[int, int, str | None], Sum]) -> tuple[int, str]:
    return item[0][0], item[0][2] or ""
