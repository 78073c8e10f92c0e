"""A series without its daily course, and which of many tests hold together. Pure.

The course is taken as the median of each hour over the days (Cleveland, R. B. et al. (1990), STL,
in its simplest form): a busy noon is neither a trend nor a step.
Holm, S. (1979), A simple sequentially rejective multiple test procedure.
"""

from __future__ import annotations

from collections.abc import Sequence

from .latencies import median

SEASONS = 3
"""Days below which there is no course to be seen."""


def without_season(values: Sequence[float], places: Sequence[int]) -> list[float]:
    """Each value by what is usual at its place in the season, at the level of the whole series.

    `places` says where in the season each value stands. A place with fewer than three values, and a
    series whose usual value is 0 somewhere, stay as they are.

    >>> without_season([1.0, 3.0] * 3, [0, 1] * 3)
    [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    """
    by_place: dict[int, list[float]] = {}
    for value, place in zip(values, places, strict=True):
        by_place.setdefault(place, []).append(value)
    usual = {place: median(one) for place, one in by_place.items() if len(one) >= SEASONS}
    if not usual or len(usual) < len(by_place) or not all(usual.values()):
        return list(values)
    level = median(list(usual.values()))
    return [value / usual[place] * level for value, place in zip(values, places, strict=True)]


def holding(likelihoods: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of several tests hold, so that all together err once in 1 / `level` times.

    >>> holding([0.001, 0.04, 0.03])
    [True, False, False]
    """
    held = [False] * len(likelihoods)
    ordered = sorted(range(len(likelihoods)), key=likelihoods.__getitem__)
    for rank, place in enumerate(ordered):
        if likelihoods[place] > level / (len(likelihoods) - rank):
            break
        held[place] = True
    return held
