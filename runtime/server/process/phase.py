"""What a connection waits for, and for how long: pure."""

from __future__ import annotations

from enum import Enum, auto

from ..limits import ServerLimits

LINGER = 5.0
"""Seconds in which a client may read an answer that was given before its request had ended."""
LAST_CALL = 0.1
"""Seconds in which a request that is on its way still finds its connection when the server stops.
"""


class Phase(Enum):
    """What is read next on a connection."""

    SILENT = auto()
    """The first byte."""
    HEAD = auto()
    """The rest of a request's headers."""
    BODY = auto()
    """The rest of its body."""
    ANSWER = auto()
    """Nothing: the application has the request."""
    IDLE = auto()
    """The next request."""
    LAST = auto()
    """A request that was on its way when the server was told to stop."""
    LINGER = auto()
    """The end of what the client sends, which is thrown away."""


def is_late(phase: Phase, elapsed: float, body_bytes: int, limits: ServerLimits) -> bool:
    """Whether what a connection waits for should have come, `elapsed` seconds after it began.

    >>> is_late(Phase.IDLE, 76.0, 0, ServerLimits())
    True
    """
    match phase:
        case Phase.SILENT | Phase.HEAD:
            return elapsed > limits.headers_within
        case Phase.BODY:
            due = (elapsed - limits.body_grace) * limits.body_bytes_per_second
            return elapsed > limits.body_within or body_bytes < due
        case Phase.ANSWER:
            return False
        case Phase.IDLE:
            return elapsed > limits.keep_alive
        case Phase.LAST:
            return elapsed > LAST_CALL
        case Phase.LINGER:
            return elapsed > LINGER


def look_every(limits: ServerLimits) -> float:
    """Seconds between two looks at all connections: no limit is overrun by more than a quarter."""
    spans = (
        *(limits.headers_within, limits.body_within, limits.body_grace),
        *(limits.keep_alive, limits.reader_idle),
    )
    return min(0.5, min(spans) / 4)
