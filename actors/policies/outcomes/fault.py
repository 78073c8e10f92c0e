"""What kind of failure an error is: the one question that breaker, retry and routing ask of it."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Kinds of failure, by what follows from them."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    TRANSIENT = "transient"
    """Connection errors, 408, 409, 425, 499 and 5xx but 501 and 505: counted, retried."""
    TIMEOUT = "timeout"
    """The attempt took too long: counted, retried."""
    RATE_LIMITED = "rate_limited"
    """429: in the rate but not in the run, fails a trial, parks the model, retried."""
    UNAUTHORIZED = "unauthorized"
    """401, 402, 403, quota exhausted: opens the breaker at once, never retried."""
    REQUEST = "request"
    """The request's own fault: counts as nothing, and no other model is asked."""
    MODEL_LIMIT = "model_limit"
    """This model cannot take this request: counts as nothing, not retried, the next one may."""
    EMPTY_ANSWER = "empty_answer"
    """The answer has nothing in it: counts as nothing, not retried, the next model may have one."""
    CONTENT_REFUSED = "content_refused"
    """Counts as nothing, not retried."""
    CANCELLED = "cancelled"
    """The caller's wish: counts as nothing."""
    NOT_ASKED = "not_asked"
    """Breaker open, bulkhead full, expired in a queue ...: counts as nothing."""
    FAILURE = "failure"
    """Anything else: counted, not retried."""


UNCOUNTED = frozenset(
    {
        Fault.REQUEST,
        Fault.MODEL_LIMIT,
        Fault.EMPTY_ANSWER,
        Fault.CONTENT_REFUSED,
        Fault.CANCELLED,
        Fault.NOT_ASKED,
    }
)
"""What says nothing about a model's health: no breaker counts it."""
