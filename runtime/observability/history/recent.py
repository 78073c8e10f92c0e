"""The last hour in memory, in steps of ten seconds: shown at once, and without any file."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from .records import SeriesPoint
from .sums import Sum

STEP = 10
SPAN = 3_600
MOST_POINTS = 36_000
"""Of all models together: those of a hundred busy models for an hour, some 40 MB."""


class RecentSeries:
    """Keeps points for `span` seconds, or less where there are too many; oldest steps go first."""

    def __init__(self, step: int = STEP, span: int = SPAN, most: int = MOST_POINTS) -> None:
        self._step = step
        self._span = span
        self._most = most
        self._steps: deque[tuple[int, dict[str | None, Sum]]] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, now: float, points: Iterable[SeriesPoint]) -> None:
        """Take what has just happened, at `now` (wall-clock seconds)."""
        at = int(now // self._step) * self._step
        if not self._steps or self._steps[-1][0] != at:  # a clock that was set back begins a step
            self._steps.append((at, {}))
        sums = self._steps[-1][1]
        for point in points:
            if point.model_id not in sums:
                sums[point.model_id] = Sum(at, point.model_id)
                self._count += 1
            sums[point.model_id].add(point)
        self._forget(at - self._span)

    def read(self, since: float = 0.0, model: str | None = None) -> Iterator[SeriesPoint]:
        """The points from `since` on, oldest first: of all, or of one model."""
        for at, sums in list(self._steps):
            if at >= since:
                for model_id, one in list(sums.items()):
                    if model is None or model_id == model:
                        yield one.point(self._step)

    def _forget(self, before: int) -> None:
        steps = self._steps
        while len(steps) > 1 and (steps[0][0] <= before or self._count > self._most):
            self._count -= len(steps.popleft()[1])
        while len(steps) * self._step > self._span + self._step:  # the clock was set back
            self._count -= len(steps.popleft()[1])
