"""Of several processes that serve together one tells of an alert: where that began first.

Each process tells the others what it has of its alerts. The process that has told people goes on
until the alert is over in all, so that they hear of one beginning and of one end. If it dies,
another process goes on with what it has told.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import IntEnum
from typing import NamedTuple, TypeAlias

LASTS = 25.0
"""Seconds for which a word holds: each process says it again within 10 s, unless it is gone."""
_Rank: TypeAlias = tuple[int, float, int]
"""The stage of an alert in a process, since when it has it, and the number of the process: the
smallest tells."""


class Stage(IntEnum):
    """How far the telling of an alert has come in a process; the smallest tells."""

    TOLD = 0
    UNTOLD = 1
    FAILED = 2
    """The last notification has failed, and it waits for the next try."""
    SILENT = 3
    """It has no channel for the alert."""


class Claim(NamedTuple):
    """What a process has of an alert that it would tell if it served alone.

    `since` is monotonic seconds on the clock of the machine, and `told_on` the channels where it
    has arrived. `ends`: it would be over but for the others, is still to be told as over, or was
    read back after a restart and is not confirmed.
    """

    stage: Stage
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
    >>> word = AlertWord(1, 0.0, {"slow": Claim(Stage.TOLD, 5.0, ("team",))})
    >>> others.take(0.0, word), others.take(9.0, word)
    (True, False)
    >>> [others.tell({"slow": (stage, 4.0)}) for stage in (Stage.UNTOLD, Stage.TOLD)]
    [frozenset({'slow'}), frozenset()]
    >>> others.hold(here={"slow"}, elsewhere=set()), others.hold(here=set(), elsewhere={"slow"})
    (frozenset({'slow'}), frozenset({'slow'}))
    >>> others.left_behind(9.0 + LASTS), others.left_behind(10.0 + LASTS)
    ({}, {'slow': ('team',)})
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

    def tell(self, own: Mapping[str, tuple[Stage, float]]) -> frozenset[str]:
        """Which alerts of this process, each with its stage and `since`, another process tells."""
        first: dict[str, _Rank] = {}
        for _, word in self._words.values():
            for key, claim in word.claims.items():
                rank = claim.stage, claim.since, word.number
                first[key] = min(first.get(key, rank), rank)
        both = first.keys() & own.keys()
        return frozenset(key for key in both if first[key] < (*own[key], self.number))

    def hold(self, here: Set[str], elsewhere: Set[str]) -> frozenset[str]:
        """Which alerts last, though they be over in this process.

        What is told here lasts while it goes on anywhere, and what is told elsewhere until its end
        is told: the process that tells it may die.
        """
        claims = [pair for _, word in self._words.values() for pair in word.claims.items()]
        going_on = {key for key, claim in claims if not claim.ends}
        told = {key for key, claim in claims if claim.stage == Stage.TOLD}
        return frozenset(here & going_on | elsewhere & told)

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
