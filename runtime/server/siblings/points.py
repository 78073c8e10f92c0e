"""The points of a model's last minutes in all workers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Point: TypeAlias = Sequence[Any]
"""Time, good, bad, rejected, p50, p95, busy; see `Series`."""


def points_of_all(said: Sequence[Sequence[Point]]) -> list[list[Any]]:
    """The last steps of all stand above each other: counts are added, percentiles the highest.

    >>> one, other = [(5, 1, 0, 0, 0.2, None, 1)], [(1, 4, 4, 0, 9, 9, 2), (6, 2, 1, 0, 0.1, 3, 1)]
    >>> points_of_all([one, other])
    [[1, 4, 4, 0, 9, 9, 2], [6, 3, 1, 0, 0.2, 3, 2]]
    """
    longest = max(said, key=len)
    return [
        _added([points[-back] for points in said if len(points) >= back], longest[-back])
        for back in range(len(longest), 0, -1)
    ]


def _added(points: Sequence[Point], at: Point) -> list[Any]:
    good, bad, rejected, busy = (sum(one[place] for one in points) for place in (1, 2, 3, 6))
    p50, p95 = (
        max((one[place] for one in points if one[place] is not None), default=None)
        for place in (4, 5)
    )
    return [at[0], good, bad, rejected, p50, p95, busy]
