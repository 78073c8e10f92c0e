"""Requests and tokens a minute at one model, configured or learnt from its answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ....config.base import given_or_default
from ....config.settings.breaker import MAX_PARKING
from ....config.settings.rate_limit import RateLimitConfig
from ..outcomes.retry_after import Headers
from ..outcomes.waits import NOTHING_STATED, StatedWait
from ..parking import Parking
from .rate_headers import LearntLimit, parse_limits
from .token_bucket import TokenBucket, full_at


@dataclass(frozen=True, slots=True)
class RateLimitSnapshot:
    """`parked_for` is seconds; None: no such limit is known."""

    parked_for: float
    requests_limit: float | None
    requests_left: float | None
    tokens_limit: float | None
    tokens_left: float | None


class RateLimiter:
    """Two token buckets, each holding a minute's worth and filling steadily, and a parking time.

    A limit that an answer states is taken over; a configured one is a ceiling over it, since it
    may be the share of a quota that others use too. Each `admit` that answers 0.0 has taken one
    request and its tokens.

    >>> limiter = RateLimiter(RateLimitConfig(requests_per_minute=1))
    >>> limiter.admit(now=0.0), limiter.admit(now=0.0)
    (0.0, 60.0)
    """

    __slots__ = ("_config", "_limited", "_parking", "_requests", "_tokens", "active")

    def __init__(
        self, config: RateLimitConfig | None = None, *, max_parking: float = MAX_PARKING
    ) -> None:
        self._config = given_or_default(config, RateLimitConfig)
        self._parking = Parking(max_parking)
        self.reset()

    def reset(self) -> None:
        """Forget parking and all that was learnt; what was configured is there in full."""
        # A full bucket stays full, so it does not matter that the clock is not known yet.
        self._requests = self._bucket(self._config.requests_per_minute, -math.inf)
        self._tokens = self._bucket(self._config.tokens_per_minute, -math.inf)
        self._limited = self._requests is not None or self._tokens is not None
        self._parking.end()
        self.active = self._limited
        """Whether `admit` might say anything but 0.0."""

    def admit(self, now: float, tokens: float = 0) -> float:
        """0.0: go. Otherwise nothing was taken, and it is the seconds to wait."""
        if now < self._parking.until:
            return self._parking.until - now
        self.active = self._limited
        return self._admit(now, tokens) if self._limited else 0.0

    def admits(self, now: float) -> bool:
        """Whether `admit` would say 0.0; takes nothing."""
        if now < self._parking.until:
            return False
        return not self._limited or self._wait(now, 0.0) == 0.0

    def refund(self, *, requests: float = 1, tokens: float = 0) -> None:
        """Put back what was taken for a request that was never sent, or tokens it did not use."""
        self.charge(requests=-requests, tokens=-tokens)

    def charge(self, *, requests: float = 0, tokens: float = 0) -> None:
        """Take what is known only afterwards, such as the tokens of an answer; may make a debt."""
        if self._requests is not None:
            self._requests.take(requests)
        if self._tokens is not None:
            self._tokens.take(tokens)

    def park(self, now: float, seconds: float) -> None:
        """Let nothing go for `seconds`, within `max_parking`; a shorter time shortens none."""
        if 0.0 < seconds < math.inf:
            self._parking.lengthen(now, seconds)
            self.active = True

    def learn(self, headers: Headers, now: float, wall_now: float | None = None) -> StatedWait:
        """Take over what an answer's `x-ratelimit-*` headers say. Others change nothing.

        However far a reset is, one request may go `max_parking` later. `wall_now` is seconds since
        1970, for a reset that is a point in time. The answer is a reset that was not taken at its
        word: cut by that, or ignored.
        """
        limits = parse_limits(headers, wall_now)
        if "requests" in limits:
            ceiling = self._config.requests_per_minute
            self._requests = self._learnt(self._requests, limits["requests"], ceiling, now)
        if "tokens" in limits:
            ceiling = self._config.tokens_per_minute
            self._tokens = self._learnt(self._tokens, limits["tokens"], ceiling, now)
        self._limited = self._requests is not None or self._tokens is not None
        self.active = self.active or self._limited
        doubtful = (self._doubtful(stated) for stated in limits.values())
        return next((stated for stated in doubtful if stated is not None), NOTHING_STATED)

    def reconfigure(
        self, config: RateLimitConfig, now: float, *, max_parking: float | None = None
    ) -> None:
        """Go on with other limits; what was taken of a limit stays taken, and so does parking."""
        before, self._config = self._config, config
        self._parking.longest = max_parking or self._parking.longest
        if before.requests_per_minute != config.requests_per_minute:
            self._requests = self._resized(self._requests, config.requests_per_minute, now)
        if before.tokens_per_minute != config.tokens_per_minute:
            self._tokens = self._resized(self._tokens, config.tokens_per_minute, now)
        self._limited = self._requests is not None or self._tokens is not None
        self.active = self._limited or now < self._parking.until

    def snapshot(self, now: float) -> RateLimitSnapshot:
        requests, tokens = self._requests, self._tokens
        return RateLimitSnapshot(
            parked_for=self._parking.left(now),
            requests_limit=None if requests is None else requests.capacity,
            requests_left=None if requests is None else requests.level(now),
            tokens_limit=None if tokens is None else tokens.capacity,
            tokens_left=None if tokens is None else tokens.level(now),
        )

    def _admit(self, now: float, tokens: float) -> float:
        wait = self._wait(now, tokens)
        if wait == 0.0:
            self.charge(requests=1, tokens=tokens)
        return wait

    def _wait(self, now: float, tokens: float) -> float:
        requests_bucket, tokens_bucket = self._requests, self._tokens
        wait = 0.0 if requests_bucket is None else requests_bucket.wait(1, now)
        if tokens_bucket is not None:
            wait = max(wait, tokens_bucket.wait(tokens, now))
        return wait

    def _bucket(self, limit: float | None, now: float) -> TokenBucket | None:
        if limit is None:
            return None
        longest = self._parking.longest
        return TokenBucket(capacity=limit, rate=limit / 60.0, now=now, longest=longest)

    def _resized(
        self, bucket: TokenBucket | None, limit: float | None, now: float
    ) -> TokenBucket | None:
        if bucket is None or limit is None:
            return self._bucket(limit, now)
        bucket.resize(capacity=limit, rate=limit / 60.0, now=now)
        return bucket

    def _learnt(
        self, bucket: TokenBucket | None, stated: LearntLimit, ceiling: float | None, now: float
    ) -> TokenBucket | None:
        """The bucket after an answer. Its level never rises by one: answers may come out of order,
        and what is on its way now is not in them."""
        # What was left before a reset that has come says nothing of now.
        left = stated.remaining
        if left is None or stated.reset == 0.0:
            left = math.inf
        if stated.limit is None:
            if bucket is not None:
                bucket.adjust(capacity=bucket.capacity, rate=bucket.rate, at_most=left, now=now)
            return bucket
        capacity, longest = stated.limit, self._parking.longest
        rate = max(_rate_of(stated), min(1.0, capacity) / longest)
        if ceiling is not None and ceiling <= capacity:
            capacity, rate = ceiling, ceiling / 60.0
        bucket = bucket or TokenBucket(capacity=capacity, rate=rate, now=now, longest=longest)
        bucket.adjust(capacity=capacity, rate=rate, at_most=left, now=now)
        return bucket

    def _doubtful(self, stated: LearntLimit) -> StatedWait | None:
        """What a limit's reset says, where it was cut or ignored."""
        if stated.ignored is not None:
            return StatedWait(ignored=stated.ignored)
        if stated.limit is None or _rate_of(stated) * self._parking.longest >= min(1, stated.limit):
            return None
        return StatedWait(stated.reset)


def _rate_of(stated: LearntLimit) -> float:
    """The rate by which a limit is full again when its provider says so."""
    assert stated.limit is not None
    return full_at(stated.limit, stated.remaining, stated.reset)
