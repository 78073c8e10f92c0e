"""A limit that follows latency: Gradient2 of Netflix's concurrency-limits."""

from __future__ import annotations

WINDOW = 600
"""Calls over which the usual latency is smoothed."""
WARM_UP = 10
"""Calls whose plain mean it begins with."""
DRIFT = 2.0
"""The usual latency falls faster where it is so many times the last one."""
FASTER = 0.9
SMOOTHING = 0.2
"""Weight of a new estimate against the limit before."""
HEADROOM = 4
"""Calls that the limit gains in each step without a slow call."""


def gradient(usual: float, last: float, tolerance: float = 1.0) -> float:
    """How much of the limit a call lets stand, by its latency: 0.5 to 1.

    >>> gradient(1.0, 1.0), gradient(1.0, 1.25), gradient(1.0, 9.0), gradient(9.0, 1.0)
    (1.0, 0.8, 0.5, 1.0)
    """
    return max(0.5, min(1.0, tolerance * usual / last))


def followed(limit: float, share: float) -> float:
    """The limit after a call whose gradient is `share`."""
    return (1.0 - SMOOTHING) * limit + SMOOTHING * (share * limit + HEADROOM)


class UsualLatency:
    """The long-term mean of one kind of latency: exponential, after a plain one at the start."""

    __slots__ = ("_count", "value")

    def __init__(self) -> None:
        self._count = 0
        self.value = 0.0
        """Seconds; 0.0 before the first call."""

    def add(self, latency: float) -> float:
        """Take in one call; the usual latency with it."""
        self._count = min(self._count + 1, WARM_UP + 1)
        factor = 1.0 / self._count if self._count <= WARM_UP else 2.0 / (WINDOW + 1)
        self.value += factor * (latency - self.value)
        return self.value

    def step(self, limit: float, latency: float, in_flight: int, tolerance: float) -> float:
        """The limit after a call that took `latency` seconds with `in_flight` calls."""
        usual = self.add(latency)
        if usual / latency > DRIFT:  # a long overload is over: do not wait for the mean
            self.value *= FASTER
        if in_flight < limit / 2:  # the model was not at its limit: it says nothing about it
            return limit
        return followed(limit, gradient(usual, latency, tolerance))
