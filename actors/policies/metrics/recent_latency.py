"""Durations of the last minutes, and of the whole life, for the price of one sketch."""

from __future__ import annotations

from math import inf
from typing import Protocol

from .sketch import LatencySketch


class Recent(Protocol):
    """Durations of the last minutes."""

    def recent(self, now: float) -> LatencySketch:
        """A sketch of the last minutes only."""
        ...

    def recent_count(self, now: float) -> int:
        """How many durations `recent` counts."""
        ...


class RecentLatency:
    """Three generations of sketches: `current`, the one before, and all that are older.

    What is recent is between half of `span` and `span` seconds old. The hot path is
    `if now >= recent.turn_at: recent.turn(now)` and `recent.current.add(duration)`.
    """

    __slots__ = ("_half", "_old", "_previous", "current", "turn_at")

    def __init__(self, span: float = 300.0) -> None:
        self._half = span / 2
        self._old: LatencySketch | None = None
        self._previous: LatencySketch | None = None
        self.current: LatencySketch = LatencySketch()
        self.turn_at: float = -inf

    def add(self, now: float, duration: float) -> None:
        """Counts one duration that was measured at `now`."""
        if now >= self.turn_at:
            self.turn(now)
        self.current.add(duration)

    def turn(self, now: float) -> None:
        """Begins a new generation; after a long silence the last one is no longer recent."""
        long_silence = now >= self.turn_at + self._half
        # On a fixed grid, else a late turn would keep a generation for too long.
        self.turn_at = now + self._half if long_silence else self.turn_at + self._half
        if self.current.count == 0 and self._previous is None:
            return
        self._bury(self._previous)
        self._previous = self.current
        self.current = LatencySketch()
        if long_silence:
            self._bury(self._previous)
            self._previous = None

    def recent(self, now: float) -> LatencySketch:
        """A sketch of the last minutes only."""
        if now >= self.turn_at:
            self.turn(now)
        return _merged(self._previous, self.current)

    def recent_count(self, now: float) -> int:
        """How many durations `recent` counts, at no cost."""
        if now >= self.turn_at:
            self.turn(now)
        return self.current.count + (0 if self._previous is None else self._previous.count)

    def lifetime(self) -> LatencySketch:
        """A sketch of everything that was ever added."""
        return _merged(self._old, self._previous, self.current)

    def pour_into(self, sketch: LatencySketch) -> None:
        """Let `sketch` count all that is here and all that is still to come; nothing is recent."""
        sketch.merge(self.lifetime())
        self._old = self._previous = None
        self.current = sketch
        self.turn_at = inf

    def _bury(self, sketch: LatencySketch | None) -> None:
        if sketch is None:
            return
        if self._old is None:
            self._old = sketch
            return
        self._old.merge(sketch)


class BothLatencies:
    """Two kinds of durations as one, to be read."""

    __slots__ = ("_one", "_other")

    def __init__(self, one: RecentLatency, other: RecentLatency) -> None:
        self._one = one
        self._other = other

    def recent(self, now: float) -> LatencySketch:
        """A sketch of the last minutes only."""
        return _merged(self._one.recent(now), self._other.recent(now))

    def recent_count(self, now: float) -> int:
        """How many durations `recent` counts, at no cost."""
        return self._one.recent_count(now) + self._other.recent_count(now)


def _merged(*sketches: LatencySketch | None) -> LatencySketch:
    result = LatencySketch()
    for sketch in sketches:
        if sketch is not None:
            result.merge(sketch)
    return result
