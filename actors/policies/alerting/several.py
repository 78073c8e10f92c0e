"""Of several processes that serve together one tells of an alert: where that began first.

Each process tells the others what fires in it. The first one keeps an alert that is over in itself
until it is over in all, so that people hear of one beginning and of one end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LASTS = 25.0
"""Seconds for which a word holds: each process says it again within 10 s, unless it is gone."""


class AlertWord(NamedTuple):
    """What fires in a process, and is its own to tell where it serves alone.

    `since` has, by fingerprint, the monotonic time at which each began, on the machine's clock.
    """

    number: int
    since: Mapping[str, float]


class OtherAlerts:
    """The last word of each other process, for as long as it holds.

    >>> others = OtherAlerts(number=2)
    >>> others.take(0.0, AlertWord(1, {"slow": 5.0}))
    True
    >>> others.tell("slow", since=6.0, now=1.0), others.tell("slow", since=4.0, now=1.0)
    (True, False)
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
        """Whether an alert fires in another process."""
        return any(key in word.since for word in self._fresh(now).values())

    def tell(self, key: str, since: float, now: float) -> bool:
        """Whether another process tells of an alert that began here at `since`."""
        began = (
            (word.since[key], word.number)
            for word in self._fresh(now).values()
            if key in word.since
        )
        return min(began, default=(since, self.number)) < (since, self.number)

    def _fresh(self, now: float) -> dict[int, AlertWord]:
        return {
            number: word for number, (heard, word) in self._words.items() if now - heard <= LASTS
        }
