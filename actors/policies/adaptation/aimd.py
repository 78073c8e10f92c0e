"""Additive increase, multiplicative decrease of a limit, as in Netflix's concurrency-limits."""

from __future__ import annotations


def lowered(limit: int, backoff: float = 0.9) -> int:
    """The limit after a refusal: by 1 at least, and never below 1.

    >>> lowered(100), lowered(5), lowered(1)
    (90, 4, 1)
    """
    return max(1, min(limit - 1, int(limit * backoff)))


def raised(limit: int, in_flight: int) -> int:
    """The limit after a success with `in_flight` calls: one more where half of it is in use.

    >>> raised(10, in_flight=5), raised(10, in_flight=4)
    (11, 10)
    """
    return limit + 1 if 2 * in_flight >= limit else limit
