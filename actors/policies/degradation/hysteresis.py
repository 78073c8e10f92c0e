"""When the level of a fleet changes: slowly, and not to and fro.

                3 looks at it, 15 s after the last change
    lower level ------------------------------------------> any higher level
                <------------------------------------------
                one step, after 60 s of calm, 15 s after the last change

With three changes within the last hour a step down needs 300 s of calm, so that a fleet that comes
and goes keeps its level. Rises within a minute are one change for that: a fleet gets worse in
stages.
"""

from __future__ import annotations

from typing import NamedTuple

from .signals import Verdict

PACE = 5.0
"""Seconds between two looks."""
LOOKS = 3
"""Looks in a row that a level has to hold for."""
CALM_FOR = 60.0
"""Seconds of calm before the level falls."""
CALM_WHEN_RESTLESS = 300.0
"""The same once it has changed often."""
APART = 15.0
"""Seconds between two changes at least."""
_RESTLESS = 3
_MEMORY = 3_600.0
_LEVELS = 5
_LATE = 2.5 * PACE


class LevelMove(NamedTuple):
    """The level went from one rank to another."""

    before: int
    after: int
    reason: str


class Hysteresis:
    """The level by figures alone, as a rank from 0 to 4. `look` is called every `PACE` seconds.

    >>> from .signals import Verdict
    >>> level, bad = Hysteresis(), Verdict(2, 2, "80 % of the tasks succeed", ())
    >>> [level.look(5.0 * at, bad) is not None for at in range(4)]
    [False, False, True, False]
    >>> level.rank
    2
    """

    __slots__ = ("_calm_since", "_changed_at", "_changes", "_last_look", "_ranks", "_rose", "rank")

    def __init__(self) -> None:
        self.rank: int = 0
        self._ranks: list[int] = []
        """What the last looks asked for."""
        self._calm_since: list[float | None] = [None] * _LEVELS
        """Since when each level is not held by any figure."""
        self._changed_at = float("-inf")
        self._last_look = float("-inf")
        self._changes: list[float] = []
        """When it changed within the last hour, as restlessness counts it."""
        self._rose = False

    def look(self, now: float, verdict: Verdict) -> LevelMove | None:
        """One look at the fleet; the move that follows of it, if any."""
        self.note(now, verdict)
        if now - self._changed_at < APART:
            return None
        lasting = min(self._ranks) if len(self._ranks) == LOOKS else 0
        if lasting > self.rank:
            return self._move(now, lasting, verdict.reason)
        since = self._calm_since[self.rank]
        if self.rank and since is not None and now - since >= self._patience(now):
            return self._move(now, self.rank - 1, f"calm for {now - since:.0f} s")
        return None

    def follow(self, now: float, rank: int, reason: str) -> LevelMove | None:
        """Take over what another process has decided; the move, if it is any."""
        return None if rank == self.rank else self._move(now, rank, reason)

    @property
    def is_settled(self) -> bool:
        """Whether looks that say the same as the last ones would change nothing."""
        if not self._ranks:
            return self.rank == 0
        same = len(self._ranks) == LOOKS and len({*self._ranks}) == 1
        return same and self._ranks[0] <= self.rank and self._calm_since[self.rank] is None

    def note(self, now: float, verdict: Verdict) -> None:
        """One look at the fleet of a process that follows another one."""
        if now - self._last_look > _LATE:
            self._ranks.clear()  # these looks were not in a row
        self._last_look = now
        self._ranks = [*self._ranks, verdict.rank][-LOOKS:]
        for rank in range(1, _LEVELS):
            if verdict.floor >= rank:
                self._calm_since[rank] = None
            elif self._calm_since[rank] is None:
                self._calm_since[rank] = now

    def _patience(self, now: float) -> float:
        self._changes = [at for at in self._changes if now - at < _MEMORY]
        return CALM_WHEN_RESTLESS if len(self._changes) >= _RESTLESS else CALM_FOR

    def _move(self, now: float, rank: int, reason: str) -> LevelMove:
        move = LevelMove(self.rank, rank, reason)
        rises = rank > self.rank
        is_same_rise = rises and self._rose and now - self._changed_at < CALM_FOR
        if not is_same_rise:
            self._changes.append(now)
        self.rank, self._changed_at, self._rose = rank, now, rises
        return move
