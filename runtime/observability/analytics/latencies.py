"""Durations of two models, or of two periods, beside each other. Pure.

Mann, H. B. and Whitney, D. R. (1947), On a test of whether one of two random variables is
stochastically larger than the other; with the correction for ties.
Conover, W. J. (1999), Practical nonparametric statistics: intervals of quantiles by ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from ....actors.policies.metrics.sketch import LatencySketch
from .normal import two_sided
from .shares import ENOUGH, Z_95, Interval


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of `count` durations in seconds, and where the true one lies 19 in 20 times."""

    count: int
    value: float
    interval: Interval


def quantile(sketch: LatencySketch, q: float) -> Quantile | None:
    """The quantile `q` with an interval by ranks; None: nothing was measured."""
    value = sketch.quantile(q)
    if value is None:
        return None
    around = Z_95 * sqrt(q * (1 - q) / sketch.count)
    low, high = sketch.quantile(max(0.0, q - around)), sketch.quantile(min(1.0, q + around))
    assert low is not None
    assert high is not None
    return Quantile(sketch.count, value, Interval(min(low, value), max(high, value)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How often a duration of one is longer than one of the other, from 0 to 1; 0.5 is a tie.

    `ratio` is that of their medians. `p` is how likely so much comes by chance.
    """

    longer: float
    ratio: float
    p: float
    counts: tuple[int, int]

    @property
    def is_seen(self) -> bool:
        """Whether there is a difference that matters: unlikely by chance, and 10 % at least."""
        return min(self.counts) >= ENOUGH and self.p < 0.05 and not 1 / 1.1 < self.ratio < 1.1


def compare(one: LatencySketch, other: LatencySketch) -> Comparison | None:
    """The test of Mann and Whitney over the buckets of two sketches; None: one is empty.

    Durations in one bucket are 2 % apart at most and count as ties.
    """
    if not one.count or not other.count:
        return None
    first, second = dict(one.buckets()), dict(other.buckets())
    total = one.count + other.count
    below, wins, ties = 0, 0.0, 0.0
    for bucket in sorted(first.keys() | second.keys()):
        mine, theirs = first.get(bucket, 0), second.get(bucket, 0)
        wins += mine * (below + theirs / 2)
        below += theirs
        together = mine + theirs
        ties += together**3 - together
    pairs = one.count * other.count
    spread = pairs / 12 * (total + 1 - ties / (total * (total - 1)))
    p = 1.0 if spread <= 0 else two_sided(_nearer(wins - pairs / 2) / sqrt(spread))
    medians = one.quantile(0.5), other.quantile(0.5)
    assert medians[0] is not None
    assert medians[1] is not None
    return Comparison(wins / pairs, medians[0] / medians[1], p, (one.count, other.count))


def _nearer(distance: float) -> float:
    """Half a step nearer to the middle: counts are whole, the normal distribution is not."""
    return max(0.0, abs(distance) - 0.5)


def median(values: Sequence[float]) -> float:
    """The middle of some values; raises `ValueError` for none."""
    if not values:
        raise ValueError("the median of nothing")
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
