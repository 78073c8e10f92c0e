"""The share of tasks that have succeeded within the last minute, from counters that only grow."""

from __future__ import annotations

WINDOW = 60.0
"""Seconds."""


class SuccessWindow:
    """It is fed with the counters from time to time.

    >>> window = SuccessWindow()
    >>> window.note(0.0, 0, 0)
    >>> window.note(30.0, 90, 10)
    >>> window.share(min_tasks=20), window.share(min_tasks=200)
    (0.9, None)
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

    def share(self, min_tasks: int) -> float | None:
        """Between 0 and 1; None where fewer tasks have ended."""
        tasks, failed = self._between()
        return (tasks - failed) / tasks if tasks >= min_tasks else None

    @property
    def is_clean(self) -> bool:
        """Whether no task of the window has failed."""
        return self._between()[1] == 0

    def _between(self) -> tuple[int, int]:
        if not self._marks:
            return 0, 0
        (_, succeeded, failed), (_, now_succeeded, now_failed) = self._marks[0], self._marks[-1]
        bad = now_failed - failed
        return now_succeeded - succeeded + bad, bad
