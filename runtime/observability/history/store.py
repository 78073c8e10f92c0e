"""A history in one file of SQLite, from the standard library: one connection writes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from .files import VanishedError, on_network
from .queries import read
from .records import HOUR, MINUTE, Gap, Record, RecordKind, SeriesPoint, Stored
from .rows import FLEET, get_points, point_of_row, put_point, put_row, row_of_sum
from .schema import connect, read_only
from .sums import Sum, moment
from .tidying import Keep, Tidying, roll_back

Key = tuple[int, str]
_REMEMBERED = 3 * MINUTE
"""Seconds for which the sums of a minute are remembered: they are read again where they are not."""


class SqliteStore:
    """A `HistoryStore`. All but `read` is for one thread. Raises `sqlite3.Error` and `OSError`."""

    def __init__(self, path: Path, keep: Keep) -> None:
        self.path: Path = path
        self.keep: Keep = keep
        self._connection: sqlite3.Connection | None = None
        self._tidying: Tidying
        self._sums: dict[Key, Sum] = {}

    def open(self) -> None:
        """Open the file, and make it where there is none."""
        network = on_network(self.path.parent)
        connection = self._connection = connect(self.path, network=network)
        self._tidying = Tidying(connection, self.keep)
        self._file = _identity(self.path)

    def append(self, batch: Iterable[Stored]) -> None:
        """Keep all of these or, where that fails, none. Points of one minute add up."""
        connection = self._ready()
        if _identity(self.path) != self._file:
            raise VanishedError
        try:
            connection.execute("BEGIN IMMEDIATE")
            self._write(connection, batch)
            connection.execute("COMMIT")
        except BaseException:
            self._sums.clear()  # they have more in them than the file
            roll_back(connection)
            raise

    def tidy(self, now: float, uptime: float) -> bool:
        """A few milliseconds of tidying up; whether there is more to do at once."""
        self._ready()
        self._tidying.keep = self.keep
        return self._tidying.step(now, uptime)

    def read(
        self,
        kind: RecordKind,
        since: datetime | None = None,
        until: datetime | None = None,
        model: str | None = None,
        step: int = MINUTE,
    ) -> Iterator[Record]:
        """As `HistoryStore.read`, by a connection of its own that only reads."""
        with closing(read_only(self.path)) as connection:
            yield from read(connection, kind, since, until, model, step)

    def last_written(self) -> float | None:
        """When the newest minute or event in the file was; None: there is none."""
        minutes, events = "SELECT max(t) AS t FROM minutes", "SELECT max(t) / 1000 FROM events"
        query = f"SELECT max(t) FROM ({minutes} UNION ALL {events})"
        found: float | None = self._ready().execute(query).fetchone()[0]
        return found

    def is_empty(self) -> bool:
        """Whether there is no record in it."""
        return not any(
            self._ready().execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]
            for table, _ in self.keep.ages
        )

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        self._sums.clear()
        if connection is not None:
            connection.close()

    def _ready(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("the history is not open")
        return self._connection

    def _write(self, connection: sqlite3.Connection, batch: Iterable[Stored]) -> None:
        touched: dict[Key, Sum] = {}
        for record in batch:
            if isinstance(record, SeriesPoint):
                key = _key(record)
                one = touched[key] = self._sum(connection, key)
                one.add(record)
            else:
                connection.execute(*put_row(record))
        statement = put_point("minutes")
        for one in touched.values():
            connection.execute(statement, row_of_sum(one))
        hours = {t // HOUR * HOUR for t, _ in touched}
        for hour in hours:
            connection.execute("INSERT OR IGNORE INTO hours_due VALUES (?)", (hour,))
        self._tidying.written(hours)
        self._forget(touched)

    def _sum(self, connection: sqlite3.Connection, key: Key) -> Sum:
        """What the file has of this minute and model, with what this transaction has added."""
        found = self._sums.get(key)
        if found is None:
            found = self._sums[key] = Sum(key[0], key[1] or None)
            query = f"{get_points('minutes')} WHERE t = ? AND model = ?"
            for row in connection.execute(query, key):
                found.add(point_of_row(row, MINUTE))
        return found

    def _forget(self, touched: Iterable[Key]) -> None:
        newest = max((t for t, _ in touched), default=None)
        if newest is not None and len(self._sums) > 2 * len(set(touched)):
            kept = {k: one for k, one in self._sums.items() if abs(newest - k[0]) <= _REMEMBERED}
            self._sums = kept


def _key(point: SeriesPoint) -> Key:
    at = int(point.at.timestamp()) // MINUTE * MINUTE
    return at, FLEET if point.model_id is None else point.model_id


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VanishedError from error
    return found.st_dev, found.st_ino


def gap(since: float, until: float, reason: str, dropped: int = 0) -> Gap:
    """The record of a gap, from seconds."""
    return Gap(moment(since), moment(until), reason, dropped)
