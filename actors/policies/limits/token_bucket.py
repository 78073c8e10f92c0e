"""A bucket of tokens that fills steadily: the arithmetic of a rate limit."""

from __future__ import annotations

import math


class TokenBucket:
    """Holds `capacity`, fills by `rate` a second, may go into debt.

    A debt is bounded: `longest` seconds later it is paid, and one can be taken.

    >>> bucket = TokenBucket(capacity=60.0, rate=1.0, now=0.0)
    >>> bucket.take(60.0)
    >>> bucket.wait(5.0, now=0.0)
    5.0
    """

    __slots__ = ("_at", "_level", "capacity", "longest", "rate")

    def __init__(
        self, *, capacity: float, rate: float, now: float, longest: float = math.inf
    ) -> None:
        self.longest: float = longest
        self.capacity: float = capacity
        self.rate: float = rate
        self._level = capacity
        self._at = now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` can be taken, 0.0: now.

        What is larger than the bucket waits for a full one and then goes into debt; else it could
        never be served. A debt is paid before anything is taken, be it nothing.
        """
        missing = (amount if amount < self.capacity else self.capacity) - self.level(now)
        # A rounding error of the clock is not worth a wait that no clock can measure.
        return missing / self.rate if missing > 1e-9 * self.capacity else 0.0

    def level(self, now: float) -> float:
        """What is in it; negative: a debt."""
        if now > self._at:
            filled = self._level + (now - self._at) * self.rate
            self._level = filled if filled < self.capacity else self.capacity
            self._at = now
        return self._level

    def take(self, amount: float) -> None:
        """Take out of it; a negative amount is put back, as far as it fits."""
        deepest = min(0.0, min(1.0, self.capacity) - self.rate * self.longest)
        self._level = min(self.capacity, max(self._level - amount, deepest))

    def resize(self, *, capacity: float, rate: float, now: float) -> None:
        """Go on with another size and speed; what was taken stays taken."""
        taken = self.capacity - self.level(now)
        self.capacity = capacity
        self.rate = rate
        self._level = capacity - taken

    def adjust(self, *, capacity: float, rate: float, at_most: float, now: float) -> None:
        """Go on with another size and speed and a level of `at_most`, from `now`."""
        level = self.level(now)
        self.capacity = capacity
        self.rate = rate
        self._level = min(level, capacity, at_most)


def full_at(limit: float, remaining: float | None, reset: float | None) -> float:
    """The rate that has `limit` full again after `reset` seconds; a minute's where unknown."""
    if remaining is None or not reset or remaining >= limit:
        return limit / 60.0
    rate = (limit - remaining) / reset
    return rate if 0.0 < rate < math.inf else limit / 60.0
