"""What happened when, in an outage: before it, in its first moments, in the rest, and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .faults import FaultyModel

_BIN = 0.1
_GONE, _BACK = 0.05, 0.5
"""Shares of the tasks: with less a model counts as left, with more as returned to."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds each."""

    before: float
    first: float
    """From the fault until breakers should have opened."""
    rest: float
    after: float

    @property
    def total(self) -> float:
        return self.before + self.first + self.rest + self.after

    def of(self, at: float) -> str:
        """In which of them `at` lies, in seconds from the start."""
        if at < self.before:
            return "before"
        if at < self.before + self.first:
            return "first"
        return "rest" if at < self.before + self.first + self.rest else "after"


class Timeline:
    """All tasks of one outage, and the calls of the model that failed."""

    def __init__(self, phases: Phases, failing: FaultyModel) -> None:
        self.phases = phases
        self.started = 0.0
        self._failing = failing
        self._latencies: dict[str, list[float]] = {}
        self._good = self._all = 0
        self._sent: Counter[int] = Counter()

    def begin(self, now: float) -> None:
        """The load begins."""
        self.started = now
        self._failing.called_at.clear()

    def ended(self, due: float, now: float, *, answered: bool) -> None:
        """A task is over that was due at `due`."""
        at = due - self.started
        self._all += 1
        self._good += answered
        self._sent[int(at / _BIN)] += 1
        self._latencies.setdefault(self.phases.of(at), []).append(now - due)

    def latencies(self, phase: str) -> list[float]:
        """Seconds from when a task was due to its end, answered or not."""
        return self._latencies.get(phase, [])

    @property
    def answered(self) -> float:
        """The share of the tasks that had an answer."""
        return self._good / self._all if self._all else 0.0

    @property
    def wasted(self) -> int:
        """Calls of the model while it failed."""
        until = self._broken + self.phases.first + self.phases.rest
        return sum(self._broken <= at < until for at in self._calls())

    def time_to_leave(self) -> float | None:
        """Seconds until tasks went elsewhere; None: never during the outage."""
        until = self._broken + self.phases.first + self.phases.rest
        return self._first_bin(self._broken, until, lambda share: share <= _GONE)

    def time_to_return(self) -> float | None:
        """Seconds until the healed model had its tasks again; None: not within the run."""
        healed = self._broken + self.phases.first + self.phases.rest
        return self._first_bin(healed, self.phases.total, lambda share: share >= _BACK)

    @property
    def _broken(self) -> float:
        return self.phases.before

    def _calls(self) -> list[float]:
        return [at - self.started for at in self._failing.called_at]

    def _first_bin(self, start: float, end: float, holds: Callable[[float], bool]) -> float | None:
        calls = Counter(int(at / _BIN) for at in self._calls())
        for number in range(round(start / _BIN), round(end / _BIN)):
            sent = self._sent[number]
            if sent and holds(calls[number] / sent):
                return max(0.0, number * _BIN - start)
        return None
