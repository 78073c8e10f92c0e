"""Whether a series rises or falls, allowing for values that follow their neighbours. Pure.

Mann, H. B. (1945), Nonparametric tests against trend; Kendall, M. G. (1975), Rank correlation
methods; Sen, P. K. (1968), Estimates of the regression coefficient based on Kendall's tau.
A value of today resembles that of an hour ago, and then the plain test finds trends in noise: 32 of
100 times where it promises 5. The variance grows by (1 + r) / (1 - r), with r the correlation of
neighbours among the ranks of the series without its trend, and a trend is stated at 1 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, sqrt

from .latencies import median
from .normal import quantile, two_sided
from .shares import Interval

POINTS = 14
"""Points below which nothing is said about a trend."""
_LEVEL = 0.01
_EFFECT = 0.1
"""Share of the median that a trend has to change over the series."""


@dataclass(frozen=True, slots=True)
class Trend:
    """`slope` is a change a step; `change` is that over the whole series, as a share of its median.

    `p` is how likely such a series comes without a trend. `correlation` is that of neighbours.
    """

    points: int
    slope: float
    interval: Interval
    change: float
    p: float
    correlation: float

    @property
    def is_stated(self) -> bool:
        """Whether it is said: enough points, unlikely by chance, and large enough to matter."""
        return self.points >= POINTS and self.p < _LEVEL and abs(self.change) >= _EFFECT


def trend(values: Sequence[float]) -> Trend | None:
    """The trend of a series whose points are equally far apart; None: fewer than three points.

    >>> trend([10.0 + 0.5 * step for step in range(20)]).is_stated
    True
    """
    count = len(values)
    if count < 3:
        return None
    slopes = sorted(
        (values[b] - values[a]) / (b - a) for a in range(count) for b in range(a + 1, count)
    )
    slope = median(slopes)
    score = sum((s > 0) - (s < 0) for s in slopes)
    spread = _spread(values)
    correlation = neighbours_correlation(
        [value - slope * step for step, value in enumerate(values)]
    )
    inflated = spread * (1 + correlation) / (1 - correlation)
    z = 0.0 if inflated <= 0 else (score - (score > 0) + (score < 0)) / sqrt(inflated)
    level = median(values)
    change = 0.0 if level == 0 else slope * (count - 1) / abs(level)
    interval = _interval(slopes, inflated)
    return Trend(count, slope, interval, change, two_sided(z), correlation)


def _spread(values: Sequence[float]) -> float:
    """The variance of the score without a trend, less what equal values take from it."""
    count = len(values)
    tied = sum(n * (n - 1) * (2 * n + 5) for n in Counter(values).values() if n > 1)
    return (count * (count - 1) * (2 * count + 5) - tied) / 18


def _interval(slopes: Sequence[float], spread: float) -> Interval:
    """Sen's interval, 95 %: the slopes so many ranks from the middle."""
    around = quantile(0.975) * sqrt(max(0.0, spread))
    low = floor((len(slopes) - around) / 2)
    high = ceil((len(slopes) + around) / 2)
    return Interval(slopes[max(0, low)], slopes[min(len(slopes) - 1, high)])


def neighbours_correlation(values: Sequence[float]) -> float:
    """Of neighbours, among the ranks; never negative, and without its bias in short series."""
    ranked = ranks(values)
    count = len(ranked)
    middle = (count - 1) / 2
    below = sum((rank - middle) ** 2 for rank in ranked)
    if below == 0:
        return 0.0
    found = sum((a - middle) * (b - middle) for a, b in pairwise(ranked)) / below
    return min(max(found + (1 + 4 * found) / count, 0.0), 0.95)


def ranks(values: Sequence[float]) -> list[float]:
    """The place of each value in their order, from 0; equal ones share the middle of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranked = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for place in order[at : end + 1]:
            ranked[place] = (at + end) / 2
        at = end + 1
    return ranked
