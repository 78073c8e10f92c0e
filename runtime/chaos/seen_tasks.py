"""The tasks of the last minutes: what probes of a steady state are answered with."""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import NamedTuple

MOST = 10_000


class SeenTask(NamedTuple):
    """A task that has ended `at` a point on the loop's clock, after `duration` seconds."""

    at: float
    answered: bool
    duration: float


class SeenTasks:
    """The last 10,000 tasks."""

    def __init__(self) -> None:
        self._seen: deque[SeenTask] = deque(maxlen=MOST)

    def add(self, at: float, answered: bool, duration: float) -> None:
        """One more."""
        self._seen.append(SeenTask(at, answered, duration))

    def within(self, now: float, window: float) -> list[SeenTask]:
        """Those of the last `window` seconds, the newest first."""
        return list(takewhile(lambda one: one.at > now - window, reversed(self._seen)))


def success_rate(tasks: list[SeenTask]) -> float | None:
    """The share that was answered; None: there are none."""
    return sum(one.answered for one in tasks) / len(tasks) if tasks else None


def percentile(tasks: list[SeenTask], share: float) -> float | None:
    """The duration of answered tasks that this share is not above; None: there are none."""
    spans = sorted(one.duration for one in tasks if one.answered)
    return spans[min(len(spans) - 1, int(share * len(spans)))] if spans else None
