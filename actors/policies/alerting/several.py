"""Of several processes that serve together one tells of an alert: where that began first.

Each process tells the others what fires in it. The one that has told people goes on until the alert
is over in all, so that they hear of one beginning and of one end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LASTS = 25.0
"""Seconds for which a word holds: each process says it again within 10 s, unless it is gone."""


class Claim(NamedTuple):
    """What a process has of an alert; the smallest claim of all is that of the one which tells it.

    `untold`: it has told people nothing, or its end too. `since` is the monotonic time, on the
    clock of the machine, at which the alert began in it.
    """

    untold: bool
    since: float


class AlertWord(NamedTuple):
    """The alerts of a process, by fingerprint, that are its own to tell where it serves alone."""

    number: int
    claims: Mapping[str, Claim]


class OtherAlerts:
    """The last word of each other process, for as long as it holds.

    >>> others = OtherAlerts(number=2)
    >>> others.take(0.0, AlertWord(1, {"slow": Claim(True, 5.0)}))
    True
    >>> mine = [Claim(True, 6.0), Claim(True, 4.0), Claim(False, 6.0)]
    >>> [others.tell("slow", claim, now=1.0) for claim in mine]
    [True, False, False]
    >>> others.know("slow", now=1.0), others.know("slow", now=LASTS + 1.0)
    (True, False)
    """

    __slots__ = ("_words", "number")

    def __init__(self, number: int) -> None:
        self.number: int = number
        self._words: dict[int, tuple[float, AlertWord]] = {}

    def take(self, now: float, word: AlertWord) -> bool:
        """Another process has spoken; whether it had not been heard of."""
        is_new = word.number not in self._fresh(now)
        self._words[word.number] = now, word
        return is_new

    def know(self, key: str, now: float) -> bool:
        """Whether another process has an alert."""
        return any(key in word.claims for word in self._fresh(now).values())

    def tell(self, key: str, claim: Claim, now: float) -> bool:
        """Whether another process tells of an alert that this one has too."""
        words = self._fresh(now).values()
        claims = ((word.claims[key], word.number) for word in words if key in word.claims)
        own = claim, self.number
        return min(claims, default=own) < own

    def _fresh(self, now: float) -> dict[int, AlertWord]:
        words = self._words.items()
        return {number: word for number, (heard, word) in words if now - heard <= LASTS}
