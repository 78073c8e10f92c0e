"""How many times as long durations of one period are as those of another. Pure.

Efron, B. (1979), Bootstrap methods. A percentile of a bootstrap sample is a value of the sample at
a rank of chance, and that rank has a beta distribution (Maritz, J. S. and Jarrett, R. G. (1978), A
note on estimating the variance of the sample median). So the rank is drawn, and not the sample.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from ....actors.policies.metrics.sketch import LatencySketch
from .shares import Interval

DRAWS = 1_000
_SEED = 20_250_101
_LOW, _HIGH = 25, 975


@dataclass(frozen=True, slots=True)
class Ratio:
    """`now` by `before`, both seconds, and where the true ratio lies 19 in 20 times."""

    now: float
    before: float
    value: float
    interval: Interval


def quantile_ratio(
    now: LatencySketch, before: LatencySketch, q: float, seed: int = _SEED
) -> Ratio | None:
    """The ratio of two percentiles; the same sketches have the same interval. None: one is empty.

    >>> sketch = LatencySketch()
    >>> for milliseconds in range(1, 1001):
    ...     sketch.add(milliseconds / 1000)
    >>> quantile_ratio(sketch, sketch, 0.5).value
    1.0
    """
    values = now.quantile(q), before.quantile(q)
    if values[0] is None or values[1] is None:
        return None
    chance = Random(seed)
    draws = zip(_draws(now, q, chance), _draws(before, q, chance), strict=True)
    ratios = sorted(one / other for one, other in draws)
    ratio = values[0] / values[1]
    low, high = ratios[_LOW - 1], ratios[_HIGH - 1]
    return Ratio(values[0], values[1], ratio, Interval(min(low, ratio), max(high, ratio)))


def _draws(sketch: LatencySketch, q: float, chance: Random) -> list[float]:
    """The percentile of so many bootstrap samples."""
    rank = q * (sketch.count - 1) + 1
    ends = list(accumulate(count for _, count in sketch.buckets()))
    known, found = dict[int, float](), list[float]()
    for _ in range(DRAWS):
        share = chance.betavariate(rank, sketch.count - rank + 1)
        bucket = bisect_right(ends, int(share * (sketch.count - 1)))
        value = known.get(bucket)
        if value is None:  # a bucket is searched for once
            value = known[bucket] = sketch.quantile(share) or 0.0
        found.append(value)
    return found
