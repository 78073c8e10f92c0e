"""Where a report reads: a history, or what a running fleet remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from ....actors.policies.metrics.figures import FleetFigures
from ..history.deltas import Deltas
from ..history.reading import HistoryReader
from ..history.records import MINUTE, HistorySource, Record, RecordKind
from ..history.sums import moment


def processes(source: HistorySource) -> Sequence[HistorySource]:
    """A source for each process: the breaker of one says nothing of that of another."""
    if isinstance(source, HistoryReader):
        return [HistoryReader(path) for path in source.paths]
    return [source]


class Remembered:
    """The books of a fleet that keeps no history, as one point for each model since the start.

    `rows` are other records that were kept in memory.
    """

    def __init__(self, figures: FleetFigures, started: float, rows: Iterable[Record] = ()) -> None:
        deltas, at = Deltas(), int(started)
        self.started = moment(started)
        points = [*deltas.of_tasks(figures.tasks, at), *deltas.of_models(figures.models, at)]
        self._rows: list[Record] = sorted([*points, *rows], key=lambda row: row.at)

    def read(
        self,
        kind: RecordKind,
        since: datetime | None = None,
        until: datetime | None = None,
        model: str | None = None,
        step: int = MINUTE,
    ) -> Iterator[Record]:
        """All there is of a kind: it cannot be told apart by time."""
        for row in self._rows:
            if _KINDS[type(row).__name__] is not kind:
                continue
            about = getattr(row, "model_id", None)
            if model is None or (about or "") == model:
                yield row


_KINDS = {
    "SeriesPoint": RecordKind.SERIES,
    "EventRow": RecordKind.EVENTS,
    "AuditRow": RecordKind.AUDIT,
    "AlertRow": RecordKind.ALERTS,
    "Gap": RecordKind.GAPS,
}
