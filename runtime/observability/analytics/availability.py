"""How much of what was asked was answered, and what remains of an error budget. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .shares import Share, share


@dataclass(frozen=True, slots=True)
class Minute:
    """The tasks of one minute; those that their caller cancelled or got wrong are in neither."""

    good: int
    failed: int


@dataclass(frozen=True, slots=True)
class Availability:
    """By tasks, and by minutes: those with a task, in which half of the tasks or more succeeded.

    `budget_left` is the share of the allowed failures that was not used; below 0 it is overdrawn.
    """

    tasks: Share | None
    minutes: Share | None
    budget_left: float | None


def availability(minutes: Iterable[Minute], objective: float = 0.999) -> Availability:
    """The availability of a period against an objective, a share of tasks.

    >>> found = availability([Minute(9_995, 5)])
    >>> round(found.budget_left, 2)
    0.5
    """
    good = failed = busy = up = 0
    for minute in minutes:
        good += minute.good
        failed += minute.failed
        if minute.good or minute.failed:
            busy += 1
            up += minute.good >= minute.failed
    valid = good + failed
    allowed = (1 - objective) * valid
    left = None if not allowed else 1 - failed / allowed
    return Availability(share(good, valid), share(up, busy), left)
