"""What one model has done, in points of five seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from ....actors.snapshots import ModelSnapshot

STEP = 5.0
"""Seconds from a point to the next."""
KEPT = 180
"""Points: 15 minutes."""
SPARK = 24
"""Points of the small picture: 2 minutes."""
MINUTE = 12
_SHORT = 2
FEW = 20
"""Calls of a minute below which a share of failures says little."""
MANY_FAIL = 0.05


class Point(NamedTuple):
    """One step. `at` is seconds since 1970; `p50` and `p95` are those of the last minutes."""

    at: float
    good: int
    bad: int
    rejected: int
    p50: float | None
    p95: float | None
    busy: int


class Counted(NamedTuple):
    """Counters of a model, which only grow."""

    good: int = 0
    bad: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, model: ModelSnapshot) -> Counted:
        """Those of a model now; what was cancelled is neither good nor bad."""
        metrics = model.metrics
        return cls(metrics.successes, metrics.failures + metrics.timeouts, metrics.rejected)

    def minus(self, before: Counted) -> Counted:
        """What came since; a model that came back begins at 0 again."""
        return Counted(*(max(now - then, 0) for now, then in zip(self, before, strict=True)))


class Window(NamedTuple):
    """The calls of some seconds that have ended."""

    good: int
    bad: int
    seconds: float

    @property
    def calls(self) -> int:
        """Good and bad."""
        return self.good + self.bad

    @property
    def ails(self) -> bool:
        """Whether many of not too few calls failed."""
        return self.calls >= FEW and self.bad / self.calls >= MANY_FAIL


class Series:
    """The last points of one model, and what has happened since the last."""

    def __init__(self, model: ModelSnapshot, now: float) -> None:
        self.points: deque[Point] = deque(maxlen=KEPT)
        self.ails_since: float | None = None
        """Since when many calls of a minute fail, in seconds since 1970."""
        self._last = Counted.of(model)
        self._at = now

    def step(self, model: ModelSnapshot, now: float, wall: float) -> None:
        """Make a point of what came since the last; `now` is monotonic."""
        counted = Counted.of(model)
        came, latency = counted.minus(self._last), model.metrics.recent_latency
        self._last, self._at = counted, now
        self.points.append(Point(wall, *came, latency.p50, latency.p95, model.under_way))
        self.judge(model, now, wall)

    def judge(self, model: ModelSnapshot, now: float, wall: float) -> None:
        """Note whether it ails."""
        if not self.minute(model, now).ails:
            self.ails_since = None
        elif self.ails_since is None:
            self.ails_since = wall

    def minute(self, model: ModelSnapshot, now: float) -> Window:
        """The last minute, and up to a step more."""
        return self._window(model, now, MINUTE)

    def short(self, model: ModelSnapshot, now: float) -> Window:
        """The last ten seconds, and up to a step more."""
        return self._window(model, now, _SHORT)

    def spark(self) -> list[tuple[int, int]]:
        """Good and bad calls of the last two minutes, by step."""
        return [(point.good, point.bad) for point in _last(self.points, SPARK)]

    def _window(self, model: ModelSnapshot, now: float, steps: int) -> Window:
        points, since = _last(self.points, steps), Counted.of(model).minus(self._last)
        seconds = len(points) * STEP + max(now - self._at, 0.0)
        good = since.good + sum(point.good for point in points)
        return Window(good, since.bad + sum(point.bad for point in points), seconds)


def _last(points: Iterable[Point], most: int) -> list[Point]:
    return list(points)[-most:]
