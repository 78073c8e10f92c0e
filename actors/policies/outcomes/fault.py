"""What kind of failure an error is: the one question that breaker, retry and routing ask of it."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Kinds of failure, by what follows from them."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    TRANSIENT = "transient"
    """Connection errors and 408, 409, 425, 500, 502, 503, 504, 529: counted, retried."""
    TIMEOUT = "timeout"
    """The attempt took too long: counted, retried."""
    RATE_LIMITED = "rate_limited"
    """429: in the rate but not in the run, fails a trial, parks the model, retried."""
    UNAUTHORIZED = "unauthorized"
    """401, 402, 403, quota exhausted: opens the breaker at once, never retried."""
    REQUEST = "request"
    """The request's own fault: counts as nothing, and no other model is asked."""
    CONTENT_REFUSED = "content_refused"
    """Counts as nothing, not retried."""
    CANCELLED = "cancelled"
    """The caller's wish: counts as nothing."""
    NOT_ASKED = "not_asked"
    """Breaker open, bulkhead full, expired in a queue ...: counts as nothing."""
    FAILURE = "failure"
    """Anything else: counted, not retried."""
