"""Client-side throttling by acceptance, as in chapter 21 of the SRE book.

A call counts as accepted when it starts, and is taken back when the model refuses it. Counted at
its end instead, the calls under way would look refused, and a model with long calls would be
throttled for its load alone.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from ....config.settings.adaptation.throttle import ThrottleConfig

RANKS = 4
BUCKETS = 24


class _Bucket:
    """The calls of a part of the window, by rank."""

    __slots__ = ("accepted", "number", "requests")

    def __init__(self, number: int) -> None:
        self.number = number
        self.requests = [0] * RANKS
        self.accepted = [0] * RANKS


class Start(NamedTuple):
    """What a call was counted as, for taking its acceptance back."""

    bucket: _Bucket
    rank: int


def share_refused(requests: int, accepted: int, multiplier: float, cap: float) -> float:
    """The share of the next calls that is not made: 0 to `cap`.

    >>> share_refused(100, 50, 2.0, 0.9), share_refused(100, 10, 2.0, 0.9)
    (0.0, 0.7920792079207921)
    """
    return min(cap, max(0.0, (requests - multiplier * accepted) / (requests + 1)))


class Throttle:
    """Calls and acceptances of one model in a sliding window, for each priority on its own."""

    __slots__ = ("_accepted", "_buckets", "_config", "_requests", "_width")

    def __init__(self, config: ThrottleConfig, attempt_timeout: float) -> None:
        self.reconfigure(config, attempt_timeout)

    def reconfigure(self, config: ThrottleConfig, attempt_timeout: float) -> None:
        """Go on with other settings; what was counted is forgotten."""
        self._config = config
        self._width = max(config.window, 2.0 * attempt_timeout) / BUCKETS
        self.reset()

    def reset(self) -> None:
        """Forget all calls."""
        self._buckets: deque[_Bucket] = deque()
        self._requests = [0] * RANKS
        self._accepted = [0] * RANKS

    def share(self, rank: int, now: float) -> float:
        """The share of calls of this rank that is not made now."""
        self._expire(now)
        config = self._config
        requests, accepted = self._requests[rank], self._accepted[rank]
        return share_refused(requests, accepted, config.multiplier, config.max_share)

    def throttled(self, rank: int, now: float) -> None:
        """A call was not made, which its caller has asked for all the same."""
        self._current(now).requests[rank] += 1
        self._requests[rank] += 1

    def started(self, rank: int, now: float) -> Start:
        """A call begins."""
        bucket = self._current(now)
        bucket.requests[rank] += 1
        bucket.accepted[rank] += 1
        self._requests[rank] += 1
        self._accepted[rank] += 1
        return Start(bucket, rank)

    def refused(self, start: Start, now: float) -> None:
        """The model has refused that call after all."""
        self._expire(now)
        bucket, rank = start
        if bucket in self._buckets:
            bucket.accepted[rank] -= 1
            self._accepted[rank] -= 1

    def _current(self, now: float) -> _Bucket:
        self._expire(now)
        number = int(now // self._width)
        if not self._buckets or self._buckets[-1].number != number:
            self._buckets.append(_Bucket(number))
        return self._buckets[-1]

    def _expire(self, now: float) -> None:
        oldest = int(now // self._width) - BUCKETS
        while self._buckets and self._buckets[0].number < oldest:
            gone = self._buckets.popleft()
            for rank in range(RANKS):
                self._requests[rank] -= gone.requests[rank]
                self._accepted[rank] -= gone.accepted[rank]
