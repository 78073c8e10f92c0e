"""Records out of one file, in pages: no reader keeps the file from being tidied up for long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from .records import HOUR, MINUTE, Record, RecordKind, SeriesPoint
from .rows import READ, get_points, milliseconds, point_of_row
from .sums import in_steps

PAGE = 1_000
"""Rows of one statement."""
_END = 2**62


def read(
    connection: sqlite3.Connection,
    kind: RecordKind,
    since: datetime | None = None,
    until: datetime | None = None,
    model: str | None = None,
    step: int = MINUTE,
) -> Iterator[Record]:
    """The records of a file, as `HistoryStore.read` says."""
    if kind is RecordKind.SERIES:
        yield from in_steps(points(connection, since, until, model, step), step)
        return
    what, column, record_of = READ[kind]
    begin = 0 if since is None else milliseconds(since)
    end = _END if until is None else milliseconds(until)
    where, about = ("", ()) if model is None else (f" AND {column} = ?", (model,))
    query = f"SELECT id, {what} WHERE (t, id) > (?, ?) AND t < ?{where} ORDER BY t, id LIMIT {PAGE}"
    place = begin, -1
    while rows := connection.execute(query, (*place, end, *about)).fetchall():
        for row in rows:
            yield record_of(row[1:])
        place = rows[-1][1], rows[-1][0]


def points(
    connection: sqlite3.Connection,
    since: datetime | None,
    until: datetime | None,
    model: str | None,
    step: int,
) -> Iterator[SeriesPoint]:
    """Hours where they are asked for, or where the minutes are gone; else minutes. Oldest first."""
    begin = 0 if since is None else int(since.timestamp()) // max(step, MINUTE) * max(step, MINUTE)
    end = _END if until is None else int(until.timestamp())
    oldest: int | None = connection.execute("SELECT min(t) FROM minutes").fetchone()[0]
    if step >= HOUR:
        whole = "t NOT IN (SELECT t FROM hours_due)"
        yield from _pages(connection, "hours", begin, end, model, whole)
        open_hours = f"t / {HOUR} * {HOUR} IN (SELECT t FROM hours_due)"
        yield from _pages(connection, "minutes", begin, end, model, open_hours)
        return
    until_minutes = end if oldest is None else min(end, oldest - oldest % HOUR)
    yield from _pages(connection, "hours", begin, until_minutes, model, "1")
    yield from _pages(connection, "minutes", begin, end, model, "1")


def _pages(
    connection: sqlite3.Connection,
    tier: str,
    begin: int,
    end: int,
    model: str | None,
    condition: str,
) -> Iterator[SeriesPoint]:
    about, given = ("", ()) if model is None else (" AND model = ?", (model,))
    query = (
        f"{get_points(tier)} WHERE (t, model) > (?, ?) AND t < ? AND {condition}{about} "
        f"ORDER BY t, model LIMIT {PAGE}"
    )
    span = HOUR if tier == "hours" else MINUTE
    place: tuple[int, str] = begin - 1, "\U0010ffff"
    while rows := connection.execute(query, (*place, end, *given)).fetchall():
        for row in rows:
            yield point_of_row(row, span)
        place = rows[-1][0], rows[-1][1]
