"""What waits for the writer of a history: put by any thread, taken by one. Nothing here waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from .records import HOUR, MINUTE, EventRow, SeriesPoint, Stored
from .sums import Sum, moment

T = TypeVar("T")

MOST_ROWS = 10_000
"""Events that wait at most, and as many other rows: then the oldest of them are dropped."""
_MOST_LOTS = 600
_MOST_SUMS = 20_000
"""Sums of minutes that wait at most; above that they become sums of hours."""

Key = tuple[int, str | None]


class Backlog:
    """Without a lock, since a `deque` takes each step as one: a signal handler may put, too."""

    def __init__(self) -> None:
        self._lots: deque[Sequence[SeriesPoint]] = deque()
        self._events: deque[Stored] = deque()
        self._rows: deque[Stored] = deque()
        self._sums: dict[Key, Sum] = {}
        self._taken: list[Stored] = []
        self._lost = self._told = self._counted = 0

    @property
    def dropped(self) -> int:
        """How many records were dropped before the last `take`, and after all were written."""
        return self._told - self._counted

    def put_points(self, points: Sequence[SeriesPoint]) -> None:
        """One thread puts points."""
        if points:
            self._lots.append(points)
        if len(self._lots) > _MOST_LOTS:  # the writer hangs in a call of the system
            halves = [self._lots.popleft() for _ in range(len(self._lots) // 2)]
            self._lots.appendleft(_added(point for lot in halves for point in lot))

    def put(self, record: Stored) -> int:
        """Put a row; how many wait."""
        line = self._events if isinstance(record, EventRow) else self._rows
        if len(line) >= MOST_ROWS:
            line.popleft()
            self._lost += 1
        line.append(record)
        return len(line)

    def take(self) -> list[Stored]:
        """All that waits; it stays here until it is `written`."""
        for lot in _drained(self._lots):
            for point in lot:
                _into(self._sums, point)
        if len(self._sums) > _MOST_SUMS:
            self._sums = _by_hours(self._sums.values())
        self._taken += [*_drained(self._rows), *_drained(self._events)]
        self._bound()
        self._told = self._lost
        return [*(one.point(MINUTE) for one in self._sums.values()), *self._taken]

    def written(self) -> None:
        """All that was taken is in the file."""
        self._sums, self._taken = {}, []
        self._counted = self._told

    def _bound(self) -> None:
        """What was taken and not written is bounded as what waits: events go first."""
        extra = len(self._taken) - MOST_ROWS
        if extra <= 0:
            return
        events = sum(isinstance(one, EventRow) for one in self._taken)
        kept: list[Stored] = []
        for one in self._taken:
            # Where there are events, no other row goes.
            if extra > 0 and (isinstance(one, EventRow) or not events):
                extra -= 1
                events -= isinstance(one, EventRow)
                self._lost += 1
            else:
                kept.append(one)
        self._taken = kept


def _drained(line: deque[T]) -> list[T]:
    return [line.popleft() for _ in range(len(line))]


def _into(sums: dict[Key, Sum], point: SeriesPoint) -> None:
    at = int(point.at.timestamp()) // MINUTE * MINUTE
    key = at, point.model_id
    if key not in sums:
        sums[key] = Sum(at, point.model_id)
    sums[key].add(point)


def _added(points: Iterable[SeriesPoint]) -> list[SeriesPoint]:
    sums: dict[Key, Sum] = {}
    for point in points:
        _into(sums, point)
    return [one.point(MINUTE) for one in sums.values()]


def _by_hours(sums: Iterable[Sum]) -> dict[Key, Sum]:
    """What cannot be written for long stands in the first minute of its hour."""
    found: dict[Key, Sum] = {}
    for one in sums:
        _into(found, replace(one.point(MINUTE), at=moment(one.at // HOUR * HOUR)))
    return found
