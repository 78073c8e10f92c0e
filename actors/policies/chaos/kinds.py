"""The kinds of faults that an experiment may inject."""

from __future__ import annotations

from enum import StrEnum


class FaultKind(StrEnum):
    """What is done to a call, an actor, a worker process or the disk."""

    __hash__ = str.__hash__

    FAULT = "fault"
    """The call fails: the connection is refused, or the server answers a `status`."""
    LATENCY = "latency"
    """The answer comes `seconds` later, or takes `times` as long."""
    OUTCOME = "outcome"
    """The call answers `value`, and the model is not asked."""
    HANG = "hang"
    """The call never answers; its limit ends it."""
    SLOW_FIRST_CHUNK = "slow_first_chunk"
    """The first chunk of a stream comes `seconds` later."""
    CUT = "cut"
    """The connection of a stream ends after so many chunks; that of a whole answer at once."""
    GARBAGE = "garbage"
    """The answer is of no use: no text, and none of the fields of an answer."""
    EMPTY = "empty"
    """The answer has nothing in it."""
    RATE_LIMITED = "rate_limited"
    """429 with a Retry-After of `retry_after`."""
    QUOTA = "quota"
    """The quota of the account is used up."""
    KILL_ACTOR = "kill_actor"
    """The actor of a model crashes, once."""
    KILL_WORKER = "kill_worker"
    """A worker process of a model is killed, once."""
    DISK_FULL = "disk_full"
    """The history finds no room on its disk."""
    DISK_FAILING = "disk_failing"
    """The history cannot be written."""


AT_ONCE = frozenset({FaultKind.KILL_ACTOR, FaultKind.KILL_WORKER})
"""What happens once, when it is asked for."""
OF_THE_DISK = frozenset({FaultKind.DISK_FULL, FaultKind.DISK_FAILING})
"""What is done to the history, and to no model."""
OF_CALLS = frozenset(FaultKind) - AT_ONCE - OF_THE_DISK
"""What is done to calls, as they come."""
HARMLESS = frozenset({FaultKind.LATENCY, FaultKind.SLOW_FIRST_CHUNK, FaultKind.OUTCOME})
"""What leaves a model usable, as far as the fault itself can say."""
