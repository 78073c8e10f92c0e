"""The level of a fleet: what its figures say, and over that what an operator has set by hand."""

from __future__ import annotations

from typing import NamedTuple

from .hysteresis import Hysteresis, LevelMove
from .signals import Readings, Thresholds, Verdict, judge

_UNSEEN = Verdict(0, 0, "", ())
_EARLY = 0.1
"""Seconds by which a clock may ring before its time."""


class Hold(NamedTuple):
    """A rank set by hand until `until` (monotonic seconds; None: until it is released)."""

    rank: int
    until: float | None
    reason: str
    by: str


class FleetLevel:
    """The rank that holds: that of a hold, or that of the figures.

    The figures are looked at under a hold too, so that its end leads to what they say.

    >>> level = FleetLevel(Thresholds((0.4, 0.5, 0.6, 0.7), (), (), ()))
    >>> level.hold(0.0, 3, None, "a rehearsal", "ada")
    LevelMove(before=0, after=3, reason='held by ada: a rehearsal')
    >>> level.rank, level.release(9.0, "it is over", "ada").after
    (3, 0)
    """

    __slots__ = ("_measured", "_usable", "held", "reason", "since", "thresholds", "verdict")

    def __init__(self, thresholds: Thresholds) -> None:
        self.thresholds: Thresholds = thresholds
        self._measured = Hysteresis()
        self._usable: float | None = None
        self.held: Hold | None = None
        self.verdict: Verdict = _UNSEEN
        """What the last look has seen."""
        self.reason: str = ""
        self.since: float = 0.0

    @property
    def rank(self) -> int:
        """The rank that holds."""
        return self._measured.rank if self.held is None else self.held.rank

    @property
    def measured(self) -> int:
        """The rank by the figures alone."""
        return self._measured.rank

    @property
    def is_settled(self) -> bool:
        """Whether nothing changes while no task comes and no model changes.

        Then the share of usable models alone says what it says now; the other figures fade.
        """
        alone = judge(self.thresholds, Readings(usable=self._usable))
        return self._measured.is_settled and alone.floor >= self._measured.rank

    def look(self, now: float, readings: Readings) -> LevelMove | None:
        """One look at the fleet; the move of the level that holds, if any."""
        before = self.rank
        move = self._measured.look(now, self._judged(readings))
        return None if move is None else self._moved(now, before, move.reason)

    def follow(self, now: float, rank: int, reason: str) -> LevelMove | None:
        """Take over what another process has decided by the same figures."""
        before = self.rank
        move = self._measured.follow(now, rank, reason)
        return None if move is None else self._moved(now, before, move.reason)

    def note(self, now: float, readings: Readings) -> None:
        """One look at the fleet of a process that follows another one."""
        self._measured.note(now, self._judged(readings))

    def hold(
        self, now: float, rank: int, until: float | None, reason: str, by: str
    ) -> LevelMove | None:
        """Set the level by hand."""
        before = self.rank
        self.held = Hold(rank, until, reason, by)
        return self._moved(now, before, f"held by {by}: {reason}")

    def release(self, now: float, reason: str, by: str) -> LevelMove | None:
        """Go by the figures again."""
        before, self.held = self.rank, None
        return self._moved(now, before, f"released by {by}: {reason}")

    def expire(self, now: float) -> LevelMove | None:
        """End a hold whose time is over, as a clock of its own has said."""
        held = self.held
        if held is None or held.until is None or now < held.until - _EARLY:
            return None
        before, self.held = held.rank, None
        return self._moved(now, before, f"the hold of {held.by} is over")

    def _judged(self, readings: Readings) -> Verdict:
        self._usable = readings.usable
        self.verdict = judge(self.thresholds, readings)
        return self.verdict

    def _moved(self, now: float, before: int, reason: str) -> LevelMove | None:
        if self.rank == before:
            return None
        self.reason, self.since = reason, now
        return LevelMove(before, self.rank, reason)
