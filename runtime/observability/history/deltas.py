"""From books that only grow to what has happened since the last look. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import orjson

from ....actors.policies.metrics.figures import FleetFigures, ModelFigures, TaskFigures
from ....actors.policies.metrics.sketch import LatencySketch
from .records import SeriesPoint
from .sums import moment

_OF_MODELS = (
    *("successes", "failures", "timeouts", "cancelled", "rejected", "retries", "failovers"),
    *("hedged", "hedges_won", "hedges_lost", "abandoned", "restarts"),
)
_OF_TASKS = {
    "successes": "succeeded",
    "failures": "failed",
    "cancelled": "cancelled",
    "rejected": "refused",
}
_OF_TOKENS = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cached_tokens": "cached",
    "reasoning_tokens": "reasoning",
}
_COUNTS = (*_OF_MODELS, *_OF_TOKENS)
_MODEL_OF, _TOKENS_OF = attrgetter(*_OF_MODELS), attrgetter(*_OF_TOKENS.values())
_DETAILS = ("faults", "rejections", "transitions", "hits", "injected", "unanswered")
_SKETCHES = ("durations", "other_durations", "first_contents")


class _Seen:
    """The books of one model, or of the tasks, in one form."""

    __slots__ = ("cost", "counts", "details", "last", "sketches")

    def __init__(
        self,
        counts: Mapping[str, int],
        cost: float,
        details: Mapping[str, Mapping[str, int]],
        sketches: tuple[LatencySketch, ...],
        last: tuple[object, ...],
    ) -> None:
        self.counts = counts
        self.cost = cost
        self.details = details
        self.sketches = sketches
        self.last = last


_NOTHING = _Seen({}, 0.0, {}, (), ())


class Deltas:
    """Remembers the last look at each model. The first look at a fleet is where counting begins."""

    def __init__(self, begin: FleetFigures | None = None) -> None:
        self._seen: dict[str | None, _Seen] = {}
        if begin is not None:
            self.of_tasks(begin.tasks, 0)
            self.of_models(begin.models, 0)

    def of_tasks(self, books: TaskFigures, at: int) -> list[SeriesPoint]:
        """What has become of tasks since the last look, as a point of `at`; none for nothing."""
        point = self._point(None, _tasks(books), books, at)
        return [] if point is None else [point]

    def of_models(self, books: Iterable[ModelFigures], at: int) -> list[SeriesPoint]:
        """The same of models; none for one that stood still."""
        found = (self._point(one.model_id, _model(one), one, at) for one in books)
        return [point for point in found if point is not None]

    def forget(self, model_ids: Iterable[str]) -> None:
        """These models have gone; one that comes back begins at nothing."""
        for model_id in model_ids:
            self._seen.pop(model_id, None)

    def _point(
        self, model_id: str | None, now: _Seen, books: ModelFigures | TaskFigures, at: int
    ) -> SeriesPoint | None:
        before = self._seen.get(model_id, _NOTHING)
        self._seen[model_id] = now
        if sum(now.counts.values()) < sum(before.counts.values()):
            before = _NOTHING  # another model of this name: its books began again
        counts = {
            name: grown
            for name, count in now.counts.items()
            if (grown := count - before.counts.get(name, 0)) > 0
        }
        if not counts and now.last == before.last:
            return None
        fields: dict[str, Any] = {
            **counts,
            **_gauges(books),
            **dict(_sketches(now.sketches, before.sketches)),
            "cost": max(0.0, now.cost - before.cost),
            "details": dict(_grown(now.details, before.details)),
        }
        return SeriesPoint(moment(at), model_id, **fields)


def diverted(point: SeriesPoint) -> set[str]:
    """The models for which tasks of this point were meant that another one answered."""
    pairs = point.details.get("fallbacks", ())
    return {meant for meant, _ in map(orjson.loads, pairs)}


def _model(books: ModelFigures) -> _Seen:
    return _Seen(
        dict(zip(_COUNTS, (*_MODEL_OF(books), *_TOKENS_OF(books.tokens)), strict=True)),
        books.cost,
        {name: getattr(books, name) for name in _DETAILS} | {"retries": {"won": books.retries_won}},
        (books.durations, books.other_durations, books.first_contents),
        (books.status, books.breaker, books.under_way, books.waiting, books.limit),
    )


def _tasks(books: TaskFigures) -> _Seen:
    fallbacks = {orjson.dumps(pair).decode(): n for pair, n in books.fallbacks.items()}
    return _Seen(
        {name: getattr(books, own) for name, own in _OF_TASKS.items()},
        0.0,
        {
            "fallbacks": fallbacks,
            "strategies": books.strategies,
            "injected": {"failures": books.injected},
        },
        (books.durations, books.other_durations),
        (books.in_flight, books.waiting),
    )


def _gauges(books: ModelFigures | TaskFigures) -> dict[str, object]:
    if isinstance(books, TaskFigures):
        return {"under_way": books.in_flight, "waiting": books.waiting}
    return {
        "under_way": books.under_way,
        "waiting": books.waiting,
        "limit": books.limit,
        "status": str(books.status),
        "breaker": str(books.breaker),
    }


def _grown(
    now: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[str, dict[str, int]]]:
    for kind, counted in now.items():
        had = before.get(kind, {})
        grown = {str(name): n for name, c in counted.items() if (n := c - had.get(name, 0)) > 0}
        if grown:
            yield kind, grown


def _sketches(
    now: tuple[LatencySketch, ...], before: tuple[LatencySketch, ...]
) -> Iterator[tuple[str, LatencySketch]]:
    for place, sketch in enumerate(now):
        had = before[place] if before else None
        if had is not None and had.count == sketch.count:
            continue
        grown = sketch if had is None else sketch.since(had)
        if grown.count:
            yield _SKETCHES[place], grown
