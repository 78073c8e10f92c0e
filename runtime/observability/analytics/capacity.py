"""How many places a load needs. Pure.

Little, J. D. C. (1961), A proof for the queuing formula L = lambda W.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """Calls at once that a load needs (`needed`), beside the `limit` that there is."""

    needed: float
    limit: int

    @property
    def headroom(self) -> float:
        """Places that remain; negative: so many are missing."""
        return self.limit - self.needed

    @property
    def is_short(self) -> bool:
        """Whether less than a tenth of the places remains."""
        return self.needed > 0.9 * self.limit


def capacity(per_second: float, duration_p95: float, limit: int) -> Capacity:
    """What `per_second` calls of this duration in seconds need: their p95, for bad minutes too.

    >>> capacity(20.0, 1.5, 40).headroom
    10.0
    """
    return Capacity(per_second * duration_p95, limit)


def first_above(high: Sequence[float], limit: float) -> int | None:
    """The first step of a forecast whose upper band is above a limit; None: none is."""
    return next((step for step, value in enumerate(high) if value > limit), None)
