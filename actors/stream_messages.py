"""Messages of streams: those of tasks, where it makes a difference that it is one."""

from __future__ import annotations

from .messages import Acquire, Attempted, Dispatch


class DispatchStream(Dispatch):
    """As `Dispatch`; what counts for hedging is the time to the first content."""

    __slots__ = ()


class AcquireStream(Acquire):
    """As `Acquire`. Answer: `CallPermit` or `Refused`."""

    __slots__ = ()


class StreamAttempted(Attempted):
    """As `Attempted`; the duration of a success is the time to its first content."""

    __slots__ = ()
