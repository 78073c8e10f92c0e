"""Shares of few or many cases, with how sure they are. Pure.

Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference.
Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""Standard deviations of a normal distribution that hold 95 % of it."""
ENOUGH = 20
"""Cases below which nothing is ranked or recommended."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both of them included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Share:
    """A part of `count` cases, from 0 to 1, and where the true share lies 19 in 20 times."""

    part: int
    count: int
    value: float
    interval: Interval

    @property
    def is_enough(self) -> bool:
        """Whether there are cases enough to say more than the number."""
        return self.count >= ENOUGH


def share(part: int, count: int, z: float = Z_95) -> Share | None:
    """Wilson's score interval of a share; None: there is no case.

    >>> found = share(175, 180)
    >>> f"{found.value:.1%} ({found.interval.low:.1%} to {found.interval.high:.1%})"
    '97.2% (93.7% to 98.8%)'
    """
    if count <= 0:
        return None
    p = part / count
    square = z * z
    middle = p + square / (2 * count)
    around = z * sqrt(p * (1 - p) / count + square / (4 * count * count))
    whole = 1 + square / count
    low, high = max(0.0, (middle - around) / whole), min(1.0, (middle + around) / whole)
    return Share(
        part, count, p, Interval(0.0 if part == 0 else low, 1.0 if part == count else high)
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """How much larger one value is than another, and where the true difference lies."""

    value: float
    interval: Interval

    @property
    def is_seen(self) -> bool:
        """Whether it is more than chance: no difference lies outside of the interval."""
        return 0.0 not in self.interval


def difference(one: Share, other: Share) -> Difference:
    """Newcombe's interval of `one` minus `other`, made of their own.

    >>> difference(share(95, 100), share(50, 100)).is_seen
    True
    """
    value = one.value - other.value
    low = sqrt((one.value - one.interval.low) ** 2 + (other.interval.high - other.value) ** 2)
    high = sqrt((one.interval.high - one.value) ** 2 + (other.value - other.interval.low) ** 2)
    return Difference(value, Interval(value - low, value + high))
