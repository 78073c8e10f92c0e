"""From figures of the fleet to a level: how bad each figure is, and what it has to fall to.

Each figure is told as a badness that grows: the share of models that cannot serve, of tasks that
fail, of room in lines that is taken, and how many times its own median a model takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ....config.settings.adaptation.degradation import DegradationConfig
from .levels import LEVELS, LevelSignal

CALM = 0.7
"""What was too high has to fall to this share of the entry value to be well again."""
_STEPS = (1.0, 0.75, 0.5, 0.25)
"""Of `degraded_mode_threshold`: the share of usable models below which each level begins."""


class Readings(NamedTuple):
    """One look at the fleet; None: too little is known.

    `usable`, `success` and `queue` are shares from 0 to 1, `latency` is a multiple of the median.
    """

    usable: float | None = None
    success: float | None = None
    queue: float | None = None
    latency: float | None = None


class Verdict(NamedTuple):
    """What one look means. `rank`: the level that it asks for; `floor`: the level that it holds.

    The floor is at least the rank: a level goes on until every figure is calm.
    """

    rank: int
    floor: int
    reason: str
    signals: tuple[LevelSignal, ...]


class Thresholds(NamedTuple):
    """The badness at which each level begins, minor first."""

    usable: tuple[float, ...]
    success: tuple[float, ...]
    queue: tuple[float, ...]
    latency: tuple[float, ...]

    @classmethod
    def of(cls, config: DegradationConfig, degraded_mode_threshold: float) -> Thresholds:
        """Those of the settings.

        >>> Thresholds.of(DegradationConfig(), 60.0).usable
        (0.4, 0.55, 0.7, 0.85)
        """
        usable = [round(1.0 - degraded_mode_threshold / 100.0 * step, 9) for step in _STEPS]
        failing = [round(1.0 - share, 9) for share in config.success]
        return cls(tuple(usable), tuple(failing), config.queue, config.latency)


def judge(thresholds: Thresholds, readings: Readings) -> Verdict:
    """What these readings mean."""
    usable, success, queue, latency = readings
    badness = (
        None if usable is None else 1.0 - usable,
        None if success is None else 1.0 - success,
        queue,
        latency,
    )
    ranks = [_rank(value, entries, 1.0) for value, entries in zip(badness, thresholds, strict=True)]
    floors = [
        _rank(value, entries, CALM) for value, entries in zip(badness, thresholds, strict=True)
    ]
    worst = max(range(len(ranks)), key=lambda at: (ranks[at], floors[at]))
    signals = tuple(
        LevelSignal(name, value, LEVELS[rank])
        for name, value, rank in zip(Readings._fields, readings, ranks, strict=True)
    )
    return Verdict(max(ranks), max(*ranks, *floors), _told(worst, readings), signals)


def _rank(badness: float | None, entries: Sequence[float], part: float) -> int:
    """How many levels begin below this badness, or below `part` of their entry values."""
    if badness is None:
        return 0
    # Rounded: 1 - 0.6 is not 0.4 in binary, and a share on the line is not beyond it.
    return sum(round(badness, 9) > round(entry * part, 9) for entry in entries)


def _told(worst: int, readings: Readings) -> str:
    usable, success, queue, latency = readings
    match worst:
        case 0:
            return f"{usable or 0.0:.0%} of the models can serve"
        case 1:
            return f"{success or 0.0:.0%} of the tasks succeed"
        case 2:
            return f"{queue or 0.0:.0%} of the room in lines is taken"
        case _:
            return f"models take {latency or 0.0:.3g} times their own median"
