"""Durations within a window, from a sketch that only grows: what it has more than it had then."""

from __future__ import annotations

from ..metrics.sketch import LatencySketch

_STEPS = 30
"""Marks in a window: how exactly old durations drop out of it."""
_SLACK = 0.5


class RecentSketch:
    """One subject's, for one window of `window` seconds."""

    __slots__ = ("_last", "_marks", "_window")

    def __init__(self, window: float) -> None:
        self._window = window
        self._marks: list[tuple[float, LatencySketch]] = []
        self._last = LatencySketch()

    def record(self, now: float, sketch: LatencySketch) -> None:
        """The sketch is this now; it is not changed any more."""
        if sketch.count < self._last.count:
            self._marks.clear()  # the model has left and come back
        marks, self._last = self._marks, sketch
        if not marks or self._is_due(now, sketch):
            marks.append((now, sketch))
        while len(marks) > 1 and marks[1][0] <= now - self._window:
            del marks[0]

    def _is_due(self, now: float, sketch: LatencySketch) -> bool:
        at, before = self._marks[-1]
        return before.count != sketch.count and now - at >= self._window / _STEPS - _SLACK

    def within(self) -> LatencySketch:
        """The durations of the window; empty where there were none."""
        return self._last.since(self._marks[0][1]) if self._marks else LatencySketch()

    @property
    def before(self) -> LatencySketch:
        """The durations of before the window."""
        return self._marks[0][1] if self._marks else LatencySketch()
