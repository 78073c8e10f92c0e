"""Where a report reads: a history, or what a running fleet remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from ....actors.policies.metrics.figures import FleetFigures
from ..history.deltas import Deltas
from ..history.reading import HistoryReader
from ..history.records import MINUTE, HistorySource, Record, RecordKind, SeriesPoint
from ..history.sums import Sum


def processes(source: HistorySource) -> Sequence[HistorySource]:
    """A source for each process: the breaker of one says nothing of that of another."""
    if isinstance(source, HistoryReader):
        return [HistoryReader(path) for path in source.paths]
    return [source]


class Remembered:
    """The books of a fleet that keeps no history, as one point for each model since the start."""

    def __init__(self, figures: FleetFigures, started: float) -> None:
        deltas, at = Deltas(), int(started)
        self.points: list[SeriesPoint] = [
            *deltas.of_tasks(figures.tasks, at),
            *deltas.of_models(figures.models, at),
        ]
        self.remarks: tuple[str, ...] = ()
        """What a reader of the report has to know of it."""

    def add(self, others: Iterable[SeriesPoint], remark: str) -> None:
        """Count what other processes remember as well, and say so."""
        points = [*self.points, *others]
        at = int(min((one.at.timestamp() for one in points), default=0.0))
        sums: dict[str | None, Sum] = {}
        for one in points:
            sums.setdefault(one.model_id, Sum(at, one.model_id)).add(one)
        self.points = [one.point(MINUTE) for one in sums.values()]
        self.remarks = (remark,)

    def read(
        self,
        kind: RecordKind,
        since: datetime | None = None,
        until: datetime | None = None,
        model: str | None = None,
        step: int = MINUTE,
    ) -> Iterator[Record]:
        """All there is of a kind: it cannot be told apart by time."""
        if kind is RecordKind.SERIES:
            for point in self.points:
                if model is None or (point.model_id or "") == model:
                    yield point
