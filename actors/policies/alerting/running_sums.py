"""Two counters that only grow, and what they grew by within any window of three days.

Marks of the counters are kept each 10 s for an hour and each minute for three days: 360 and 4,320
pairs at most. A mark is made where a counter has grown: an idle subject has one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import NamedTuple

FINE_STEP, FINE_SPAN = 10.0, 3_600.0
COARSE_STEP, COARSE_SPAN = 60.0, 259_200.0
_SLACK = 0.5
"""Seconds that a clock may be early and still make a mark."""


class Sums(NamedTuple):
    """How much came in all, and how much of it is the part that is looked at."""

    total: int
    part: int

    @property
    def share(self) -> float | None:
        """The part of the total; None where nothing came."""
        return self.part / self.total if self.total > 0 else None


class _Marks:
    """Counters as they were at some moments, at least `step` apart, for `span` seconds."""

    __slots__ = ("_at", "_parts", "_span", "_step", "_totals")

    def __init__(self, step: float, span: float) -> None:
        self._step, self._span = step, span
        self._at = array("d")
        self._totals = array("q")
        self._parts = array("q")

    def __len__(self) -> int:
        return len(self._at)

    def add(self, now: float, total: int, part: int) -> None:
        if self._at and now - self._at[-1] < self._step - _SLACK:
            return
        if self._at and (self._totals[-1], self._parts[-1]) == (total, part):
            return
        self._at.append(now)
        self._totals.append(total)
        self._parts.append(part)
        # The newest one that is older than the span stays: it says how things were at its start.
        old = bisect_right(self._at, now - self._span) - 1
        if old > 0:
            del self._at[:old], self._totals[:old], self._parts[:old]

    def before(self, point: float) -> tuple[int, int]:
        """The counters at that moment, or the oldest that there are."""
        at = max(0, bisect_right(self._at, point) - 1)
        return self._totals[at], self._parts[at]


class RunningSums:
    """One subject's. Counters that went back begin again: a model has left and come back.

    >>> sums = RunningSums()
    >>> for second in range(0, 600, 10):
    ...     sums.record(float(second), total=second, part=second // 10)
    >>> sums.within(300.0)
    Sums(total=300, part=30)
    """

    __slots__ = ("_coarse", "_fine", "_last", "_longest", "_now")

    def __init__(self, longest: float = COARSE_SPAN) -> None:
        """`longest`: seconds of the longest window that is asked for."""
        self._longest = longest
        self._begin()

    def _begin(self) -> None:
        longest = self._longest
        self._fine = _Marks(FINE_STEP, min(FINE_SPAN, longest))
        self._coarse = _Marks(COARSE_STEP, longest) if longest > FINE_SPAN else None
        self._last = (0, 0)
        self._now = 0.0

    def __len__(self) -> int:
        """Pairs that are kept."""
        return len(self._fine) + (0 if self._coarse is None else len(self._coarse))

    def record(self, now: float, total: int, part: int) -> None:
        """The counters are these now, at least as high as before."""
        if total < self._last[0] or part < self._last[1]:
            self._begin()
        self._last, self._now = (total, part), now
        self._fine.add(now, total, part)
        if self._coarse is not None:
            self._coarse.add(now, total, part)

    def within(self, window: float) -> Sums:
        """What came within the last `window` seconds before the newest record."""
        marks = self._coarse if window > FINE_SPAN and self._coarse is not None else self._fine
        if not len(marks):
            return Sums(0, 0)
        total, part = marks.before(self._now - window)
        return Sums(self._last[0] - total, self._last[1] - part)
