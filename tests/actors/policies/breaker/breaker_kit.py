"""What the breaker's tests have in common: short ways to make it live through something."""

from __future__ import annotations

import asyncio

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.permit import Permit, Rejection
from hive_resilience.actors.policies.outcomes.errors import (
    BulkheadFullError,
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    RateLimitedError,
)
from hive_resilience.config import CircuitBreakerConfig

BROKEN = ConnectionError("no route")
UNAUTHORIZED = ModelAuthenticationError("wrong key")
UNCOUNTED = (
    InvalidRequestError("too long"),
    ContentRefusedError("no"),
    asyncio.CancelledError(),
    BulkheadFullError("full", limit=1, waiting=0),
)


class AskedToWait(ConnectionError):
    """A failure whose answer carried a Retry-After."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("come back later")
        self.retry_after = retry_after


def limited(retry_after: float | None = None) -> RateLimitedError:
    return RateLimitedError("not so fast", retry_after=retry_after)


def permit(breaker: CircuitBreaker, now: float) -> Permit:
    answer = breaker.admit(now)
    assert isinstance(answer, Permit)
    return answer


def rejection(breaker: CircuitBreaker, now: float) -> Rejection:
    answer = breaker.admit(now)
    assert isinstance(answer, Rejection)
    return answer


def succeed(breaker: CircuitBreaker, now: float, times: int = 1, duration: float = 0.1) -> None:
    for _ in range(times):
        permit(breaker, now).success(now, duration)


def fail(
    breaker: CircuitBreaker, now: float, times: int = 1, error: BaseException = BROKEN
) -> None:
    for _ in range(times):
        permit(breaker, now).failure(now, error, 0.1)


def opened(config: CircuitBreakerConfig | None = None, *, now: float = 0.0) -> CircuitBreaker:
    breaker = CircuitBreaker(config or CircuitBreakerConfig())
    breaker.trip(now, "test")
    breaker.drain_events()
    return breaker
