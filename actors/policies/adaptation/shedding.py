"""Which priorities are shed at which overload: the cubic curve of Netflix's Zuul."""

from __future__ import annotations

from math import inf

SHED_FROM = (0.3, 0.8, 0.95, inf)
"""The overload from which a task is shed, by the rank of its priority: low to critical (never)."""


def overload(load: float, start: float, full: float) -> float:
    """How far `load` has come on the way from `start` to `full`: 0 to 1.

    >>> overload(30, 0, 100), overload(80, 100, 200), overload(5, 5, 5)
    (0.3, 0.0, 0.0)
    """
    if load <= start:
        return 0.0
    return 1.0 if load >= full else (load - start) / (full - start)


def served_share(x: float) -> float:
    """Percent of the priorities that are served at an overload of `x`, from the most important.

    >>> [round(served_share(x)) for x in (0.0, 0.3, 0.8, 0.95, 1.0)]
    [100, 97, 49, 14, 0]
    """
    return 100.0 * (1.0 - x**3)


_IMPORTANCE = tuple(served_share(x) if x <= 1.0 else -1.0 for x in SHED_FROM)
"""Where each priority stands, 0 the most important: it is shed where the served share ends."""


def sheds(rank: int, x: float) -> bool:
    """Whether a task of this rank (0 low, 3 critical) is shed at an overload of `x`.

    >>> [sheds(rank, 0.8) for rank in range(4)]
    [True, True, False, False]
    """
    return _IMPORTANCE[rank] >= served_share(x)
