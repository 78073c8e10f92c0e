"""Of several processes that serve together one tells of an alert: where that began first.

Each process tells the others what it has of its alerts. The one that has told people goes on until
the alert is over in all, so that they hear of one beginning and of one end. Where it dies, another
one goes on with what it has told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

LASTS = 25.0
"""Seconds for which a word holds: each process says it again within 10 s, unless it is gone."""
TOLD, UNTOLD, FAILED, SILENT = 0, 1, 2, 3
"""A process has told people of an alert; not yet; not, as the last notification has failed; it has
no channel for it."""

Rank: TypeAlias = tuple[int, float, int]
"""The stage of an alert in a process, since when it has it, and the number of the process: the
smallest tells. Times are monotonic seconds on the clock of the machine."""


class Claim(NamedTuple):
    """What a process has of an alert that it would tell if it served alone.

    `told_on` are the channels where it has arrived. `ends`: it would be over but for the others, is
    still to be told as over, or was read back after a restart and is not confirmed.
    """

    stage: int
    since: float
    told_on: tuple[str, ...] = ()
    ends: bool = False


class AlertWord(NamedTuple):
    """The claims of a process, by fingerprint. `born` is the time of its start."""

    number: int
    born: float
    claims: Mapping[str, Claim]


class OtherAlerts:
    """The last word of each other process, for as long as it holds.

    >>> others = OtherAlerts(number=2, born=0.0)
    >>> word = AlertWord(1, 0.0, {"slow": Claim(TOLD, 5.0, ("team",))})
    >>> others.take(0.0, word), others.take(9.0, word)
    (True, False)
    >>> others.first()["slow"], others.told(), others.going_on()
    ((0, 5.0, 1), frozenset({'slow'}), frozenset({'slow'}))
    >>> others.left_behind(9.0 + LASTS), others.left_behind(10.0 + LASTS), others.first()
    ({}, {'slow': ('team',)}, {})
    """

    __slots__ = ("_left_behind", "_words", "born", "number")

    def __init__(self, number: int, born: float) -> None:
        self.number: int = number
        self.born: float = born
        self._words: dict[int, tuple[float, AlertWord]] = {}
        self._left_behind: dict[str, tuple[str, ...]] = {}

    def take(self, now: float, word: AlertWord) -> bool:
        """Another process has spoken; whether it has just started."""
        _, before = self._words.get(word.number, (now, None))
        if before is not None and before.born != word.born:
            self._bury(before)
            before = None
        self._words[word.number] = now, word
        return before is None

    def first(self) -> dict[str, Rank]:
        """The smallest rank of each alert that others have."""
        found: dict[str, Rank] = {}
        for _, word in self._words.values():
            for key, claim in word.claims.items():
                rank = claim.stage, claim.since, word.number
                found[key] = min(found.get(key, rank), rank)
        return found

    def told(self) -> frozenset[str]:
        """The alerts of which another process has told people."""
        return frozenset(key for key, claim in self._claims() if claim.stage == TOLD)

    def going_on(self) -> frozenset[str]:
        """The alerts that go on in another process."""
        return frozenset(key for key, claim in self._claims() if not claim.ends)

    def left_behind(self, now: float) -> dict[str, tuple[str, ...]]:
        """The channels where processes have told alerts that are gone since the last look."""
        gone = [number for number, (heard, _) in self._words.items() if now - heard > LASTS]
        for number in gone:
            self._bury(self._words.pop(number)[1])
        found, self._left_behind = self._left_behind, {}
        return found

    def _bury(self, word: AlertWord) -> None:
        told = ((key, claim.told_on) for key, claim in word.claims.items() if claim.told_on)
        self._left_behind.update(told)

    def _claims(self) -> list[tuple[str, Claim]]:
        return [pair for _, word in self._words.values() for pair in word.claims.items()]
