"""The tasks that have succeeded and failed within the last minute, from counters that only grow."""

from __future__ import annotations

WINDOW = 60.0
"""Seconds."""


class SuccessWindow:
    """It is fed with the counters from time to time.

    >>> window = SuccessWindow()
    >>> window.note(0.0, 0, 0)
    >>> window.note(30.0, 90, 10)
    >>> window.counts
    (90, 10)
    """

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks: list[tuple[float, int, int]] = []

    def note(self, now: float, succeeded: int, failed: int) -> None:
        """The counters are these now."""
        marks = self._marks
        marks.append((now, succeeded, failed))
        while len(marks) > 1 and marks[1][0] <= now - WINDOW:
            del marks[0]
        if len(marks) == 2 and marks[0][0] < now - 2 * WINDOW:
            del marks[0]  # what came between the two was long ago

    @property
    def counts(self) -> tuple[int, int]:
        """Tasks of the window that have succeeded, and that have failed."""
        if not self._marks:
            return 0, 0
        (_, succeeded, failed), (_, now_succeeded, now_failed) = self._marks[0], self._marks[-1]
        return now_succeeded - succeeded, now_failed - failed
