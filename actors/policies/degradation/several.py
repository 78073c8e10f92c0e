"""One level for several processes that serve together: what they see adds up, the eldest decides.

Each process tells the others at each look what it has seen, so that all know the same figures. The
others follow the eldest: a process that has just started knows nothing of the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .hysteresis import PACE
from .signals import Readings

LASTS = 2.5 * PACE
"""Seconds for which a word holds: then its process does not look any more, or is gone."""
Ratio: TypeAlias = tuple[float, int]
"""How many times its own median a model takes, and of how many answers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a process has seen: tasks of the last minute, models now, and lines now.

    `turns` and `places` are the tasks that wait, and the room there is for them: in the line of the
    fleet, and in those of the models.
    """

    succeeded: int = 0
    failed: int = 0
    usable: int = 0
    expected: int = 0
    turns: tuple[int, int] = (0, 0)
    places: tuple[int, int] = (0, 0)
    ratios: tuple[Ratio, ...] = ()


def readings_of(seen: Sequence[Seen], min_tasks: int) -> Readings:
    """The figures of all processes together.

    >>> readings_of([Seen(20, 0, 1, 1), Seen(0, 5, 0, 1)], min_tasks=20)
    Readings(usable=0.5, success=0.8, queue=None, latency=None)
    """
    succeeded, failed = sum(one.succeeded for one in seen), sum(one.failed for one in seen)
    expected = sum(one.expected for one in seen)
    usable = sum(min(one.usable, one.expected) for one in seen)
    tasks = succeeded + failed
    return Readings(
        usable=usable / expected if expected > 0 else None,
        success=succeeded / tasks if tasks >= min_tasks else None,
        queue=_taken(seen),
        latency=_median((pair for one in seen for pair in one.ratios), min_tasks),
    )


def _taken(seen: Iterable[Seen]) -> float | None:
    """The share of the room in lines that is taken: of the turns, or of all models' places."""
    pairs = [(one.turns, one.places) for one in seen]
    turns, room = (sum(one[0][at] for one in pairs) for at in (0, 1))
    waiting, places = (sum(one[1][at] for one in pairs) for at in (0, 1))
    shares = [turns / room] if room else []
    if waiting:
        shares.append(min(waiting / places, 1.0) if places else 1.0)
    return max(shares, default=None)


def _median(ratios: Iterable[Ratio], min_tasks: int) -> float | None:
    """The median over the answers; None where fewer came."""
    found = sorted(ratios)
    total = sum(count for _, count in found)
    if total < min_tasks:
        return None
    half = total / 2
    for ratio, count in found:
        half -= count
        if half <= 0:
            return ratio
    return None


@dataclass(frozen=True, slots=True)
class LevelWord:
    """What a process tells the others at a look. `rank` is its level by the figures, and why.

    `number` is its own, and `born` the monotonic time of its start, on the clock of the machine.
    `busy`: it has tasks, or had some lately.
    """

    number: int
    born: float
    busy: bool
    rank: int
    reason: str
    seen: Seen


class Others:
    """The last word of each other process, for as long as it holds.

    >>> others = Others(2, born=20.0)
    >>> others.take(0.0, LevelWord(1, 90.0, True, 0, "", Seen()))
    >>> others.leader(1.0) is None, len(others.seen(1.0)), others.seen(LASTS + 1.0)
    (True, 1, [])
    >>> others.take(2.0, LevelWord(3, 10.0, True, 4, "all is down", Seen()))
    >>> others.leader(3.0).number
    3
    """

    __slots__ = ("_words", "born", "number")

    def __init__(self, number: int, born: float) -> None:
        self.number: int = number
        self.born: float = born
        self._words: dict[int, tuple[float, LevelWord]] = {}

    def take(self, now: float, word: LevelWord) -> None:
        """Another process has looked."""
        self._words[word.number] = now, word

    def seen(self, now: float) -> list[Seen]:
        """What the others have seen."""
        return [word.seen for word in self._fresh(now)]

    def is_busy(self, now: float) -> bool:
        """Whether tasks come to any of them."""
        return any(word.busy for word in self._fresh(now))

    def leader(self, now: float) -> LevelWord | None:
        """The word of the process that decides; None: this one does."""
        first = min(self._fresh(now), key=_age, default=None)
        return None if first is None or _age(first) > (self.born, self.number) else first

    def _fresh(self, now: float) -> list[LevelWord]:
        self._words = {n: one for n, one in self._words.items() if now - one[0] <= LASTS}
        return [word for _, word in self._words.values()]


def _age(word: LevelWord) -> tuple[float, int]:
    return word.born, word.number
