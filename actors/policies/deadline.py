"""Deadlines are points on the monotonic clock, timeouts are spans; None means without an end."""

from __future__ import annotations


def deadline_after(timeout: float | None, now: float) -> float | None:
    """The point at which a span of `timeout` seconds that begins `now` ends."""
    return None if timeout is None else now + timeout


def earliest(first: float | None, second: float | None) -> float | None:
    """The nearer of two deadlines: nested calls never get more time than what surrounds them."""
    if first is None or second is None:
        return second if first is None else first
    return first if first < second else second


def expired(deadline: float | None, now: float) -> bool:
    """Whether the deadline is reached."""
    return deadline is not None and deadline <= now


def time_left(deadline: float | None, now: float) -> float | None:
    """Seconds until the deadline, never negative."""
    if deadline is None:
        return None
    return deadline - now if deadline > now else 0.0


def attempt_limit(configured: float | None, deadline: float | None, now: float) -> float | None:
    """Seconds that an attempt which starts `now` may take: the configured ones or what is left."""
    return earliest(configured, time_left(deadline, now))
