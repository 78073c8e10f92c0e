"""What is measured: numbers and histograms, with the values of their labels. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from ....actors.policies.metrics.sketch import LatencySketch
from .families import BOUNDS


class Buckets(NamedTuple):
    """A histogram: how many values are at most each bound, all, and their sum."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: int
    sum: float


Value: TypeAlias = float | Buckets
Sample: TypeAlias = tuple[tuple[str, ...], Value]
"""The values of the labels, in the order of the family, and what was measured."""


def buckets_of(sketch: LatencySketch, bounds: tuple[float, ...] = BOUNDS) -> Buckets:
    """The histogram of a sketch, exact as the bounds are edges of it."""
    return Buckets(bounds, sketch.cumulative(bounds), sketch.count, sketch.sum)


def by_name(counts: Mapping[str, int]) -> list[Sample]:
    """Of each, under its name."""
    return [((name,), count) for name, count in counts.items()]
