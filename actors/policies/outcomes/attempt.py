"""What became of one attempt."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How an attempt settled; each settles exactly once."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    SUCCESS = "success"
    FAILURE = "failure"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    """The model was passed over; its executor was not called."""


class AttemptRecord(NamedTuple):
    """One attempt, or one model that was passed over.

    `number` counts the attempts at this model from 1 (0: passed over), `started_at` is seconds
    since the task began, `duration` seconds.
    """

    model_id: str
    number: int
    outcome: Outcome
    started_at: float
    duration: float
    error: BaseException | None = None

    @property
    def injected(self) -> bool:
        """Whether a chaos experiment has hit the attempt."""
        return False


class InjectedAttempt(AttemptRecord):
    """An attempt that a chaos experiment has hit; only its class tells it from the others.

    So a task without an experiment carries no mark, and pays for none.
    """

    __slots__ = ()

    @property
    def injected(self) -> bool:
        """Whether a chaos experiment has hit the attempt."""
        return True
