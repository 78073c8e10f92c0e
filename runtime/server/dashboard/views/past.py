"""The time before memory, out of the history: rows a page at a time, and the points of a range.

All of it is for a thread: a file is read. Raises `HistoryError`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from ....observability.history.reading import HistoryReader, open_history
from ....observability.history.records import (
    MINUTE,
    AlertRow,
    AuditRow,
    Gap,
    RecordKind,
    SeriesPoint,
)
from ....observability.history.sums import moment

PAGE = 100
"""Rows of one answer."""
_DAYS = (1, 7, 30, 400)
"""How far back is looked for a page; the audit is kept for 400 days."""
_LONGEST_GAP = timedelta(days=30)

Record: TypeAlias = dict[str, Any]
Reader: TypeAlias = HistoryReader


class Range(NamedTuple):
    """So many seconds, in steps of so many."""

    seconds: int
    step: int


RANGES: Mapping[str, Range] = {"1h": Range(3_600, MINUTE), "24h": Range(86_400, 5 * MINUTE)}
"""Those that memory does not have."""


class Page(NamedTuple):
    """Rows, the newest first, and whether there are older ones."""

    rows: list[Record]
    more: bool


def older(folder: str, kind: RecordKind, before: float, *, by_itself: bool = False) -> Page:
    """Rows of the audit, or alerts that are over; `by_itself`: what the runtime did as well."""
    reader = open_history(folder)
    until = moment(before)
    found: deque[Record] = deque()
    for days in _DAYS:
        rows = reader.read(kind, until - timedelta(days=days), until)
        found = deque(_wanted(rows, by_itself), maxlen=PAGE + 1)
        if len(found) > PAGE:
            break
    newest_first = list(reversed(found))
    return Page(newest_first[:PAGE], len(newest_first) > PAGE)


def points(folder: str, model_id: str, span: Range, now: float) -> list[list[Any]]:
    """What a model has done, as `Point` has it: zeros where it rested, None where nothing is known.

    Nothing is known of a gap, and of the time before the first record.
    """
    reader = open_history(folder)
    begin = int(now - span.seconds) // span.step * span.step
    rows = {int(row.at.timestamp()): row for row in _series(reader, begin, model_id, span.step)}
    first = next((row.at.timestamp() for row in _series(reader, begin, None, span.step)), now)
    gaps = [*_gaps(reader, moment(begin)), (0.0, first)]
    steps = range(begin, int(now), span.step)
    return [_point(at, rows.get(at), _is_inside(at, span.step, gaps)) for at in steps]


def _series(reader: Reader, since: float, model_id: str | None, step: int) -> Iterator[SeriesPoint]:
    for row in reader.read(RecordKind.SERIES, moment(since), model=model_id, step=step):
        if isinstance(row, SeriesPoint):
            yield row


def _gaps(reader: Reader, since: datetime) -> list[tuple[float, float]]:
    rows = reader.read(RecordKind.GAPS, since - _LONGEST_GAP)
    return [(row.at.timestamp(), row.until.timestamp()) for row in rows if isinstance(row, Gap)]


def _is_inside(at: int, step: int, gaps: list[tuple[float, float]]) -> bool:
    return any(begin <= at and at + step <= end for begin, end in gaps)


def _point(at: int, row: SeriesPoint | None, unknown: bool) -> list[Any]:
    if row is None:
        count = None if unknown else 0
        return [at, count, count, count, None, None, count]
    durations = row.durations
    p50, p95 = (None if durations is None else durations.quantile(q) for q in (0.5, 0.95))
    bad = row.failures + row.timeouts
    return [at, row.successes, bad, row.rejected, p50, p95, row.under_way]


def _wanted(rows: Iterator[object], by_itself: bool) -> Iterator[Record]:
    for row in rows:
        if isinstance(row, AuditRow) and row.automatic and not by_itself:
            continue
        if isinstance(row, AlertRow) and row.change == "raised":
            continue  # it holds, or has a row of its end
        record_of = _RECORDS.get(type(row))
        if record_of is not None:
            yield record_of(row)


def _action(row: AuditRow) -> Record:
    return {
        "at": _milliseconds(row.at),
        "model": row.target,
        "verb": row.action,
        "by": row.by,
        "reason": row.reason,
        "before": row.before,
        "after": row.after,
        "automatic": row.automatic,
    }


def _alert(row: AlertRow) -> Record:
    return {
        "at": _milliseconds(row.at),
        "change": row.change,
        "condition": row.condition,
        "severity": row.severity,
        "model": row.model_id,
        "message": row.message,
        "since": _milliseconds(row.since),
        "fingerprint": row.fingerprint,
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1e3)


_RECORDS: Mapping[type, Callable[[Any], Record]] = {AuditRow: _action, AlertRow: _alert}
