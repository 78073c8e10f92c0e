"""How slow the models are against their own past: the median of now by the median of before."""

from __future__ import annotations

from collections.abc import Iterable

from ..alerting.recent_sketch import RecentSketch
from ..metrics.sketch import LatencySketch

WINDOW = 60.0
"""Seconds that are now; all that is older is before."""
_FEW = 5
"""Answers of a model within the window before they say anything."""
_KNOWN = 20
"""Answers of before that make a median."""


class LatencyRatio:
    """Of one fleet: fed with the sketch of each model, which only grows.

    A model whose answers became slow counts by its share of the answers: one slow model of many is
    no degradation of the fleet.
    """

    __slots__ = ("_recent",)

    def __init__(self) -> None:
        self._recent: dict[str, RecentSketch] = {}

    def note(self, now: float, sketches: Iterable[tuple[str, LatencySketch]]) -> None:
        """The sketches are these now; a model that is not named is gone."""
        known, self._recent = self._recent, {}
        for model_id, sketch in sketches:
            recent = self._recent[model_id] = known.get(model_id) or RecentSketch(WINDOW)
            recent.record(now, sketch)

    def ratios(self) -> tuple[tuple[float, int], ...]:
        """Of each model that says anything, and of how many answers of the window."""
        return tuple(filter(None, map(_ratio_of, self._recent.values())))


def _ratio_of(recent: RecentSketch) -> tuple[float, int] | None:
    now, before = recent.within(), recent.before
    if now.count < _FEW or before.count < _KNOWN:
        return None
    usual, median = before.quantile(0.5), now.quantile(0.5)
    return (median / usual, now.count) if usual and median is not None else None
