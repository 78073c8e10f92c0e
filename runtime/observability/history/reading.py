"""All files of a folder read as one history, also while servers write them."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import cast

from ....config.errors import ResilienceError
from ....config.values.words import printable
from .files import databases
from .queries import points, read
from .records import MINUTE, AlertRow, Record, RecordKind, SeriesPoint
from .schema import read_only
from .sums import in_steps


class HistoryError(ResilienceError):
    """A history cannot be read: there is none, or it is not one."""

    code = "history_error"


class HistoryReader:
    """Reads a history: files, and all files of folders, as one. See `open_history`."""

    def __init__(self, *places: str | PathLike[str]) -> None:
        self._paths = sorted({path for place in places for path in _files(place)})

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(self._paths)

    def read(
        self,
        kind: RecordKind,
        since: datetime | None = None,
        until: datetime | None = None,
        model: str | None = None,
        step: int = MINUTE,
    ) -> Iterator[Record]:
        """The records of `since <= at < until`, oldest first; points in steps of so many seconds.

        `model` is the id of a model, or "" for the points of the whole fleet. Points of several
        processes add up. Raises `HistoryError`.
        """
        each = [self._read(path, kind, since, until, model, step) for path in self._paths]
        merged = heapq.merge(*each, key=_at)
        if kind is RecordKind.SERIES and (step > MINUTE or len(self._paths) > 1):
            return in_steps(cast("Iterator[SeriesPoint]", merged), step)
        return merged

    def firing(self) -> list[AlertRow]:
        """The alerts that were raised and not resolved."""
        last: dict[object, AlertRow] = {}
        for row in self.read(RecordKind.ALERTS):
            if isinstance(row, AlertRow):
                last[row.fingerprint or (row.condition, row.model_id)] = row
        return [row for row in last.values() if row.change == "raised"]

    def _read(
        self,
        path: Path,
        kind: RecordKind,
        since: datetime | None,
        until: datetime | None,
        model: str | None,
        step: int,
    ) -> Iterator[Record]:
        with _told(path), closing(read_only(path)) as connection:
            if kind is RecordKind.SERIES:
                yield from points(connection, since, until, model, step)
            else:
                yield from read(connection, kind, since, until, model, step)


def open_history(place: str | PathLike[str], *more: str | PathLike[str]) -> HistoryReader:
    """The history in a folder, or in one file, to be read; several of them as one.

    Raises `HistoryError` where there is none.
    """
    return HistoryReader(place, *more)


def _files(place: str | PathLike[str]) -> list[Path]:
    try:
        return databases(Path(place))
    except OSError as error:
        told = str(error) if error.errno is None else f"{place}: {error.strerror}"
        raise HistoryError(f"there is no history at {printable(told)}") from None


def _at(record: Record) -> datetime:
    return record.at


@contextmanager
def _told(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        word = getattr(error, "sqlite_errorname", None) or str(error)
        raise HistoryError(f"{path} cannot be read as a history: {word}") from error
