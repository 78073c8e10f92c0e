"""How much of what was asked was answered, and what remains of an error budget. Pure.

Beyer, B. et al. (2018), The Site Reliability Workbook, chapters 2 and 5: service levels as good of
valid events, error budgets, and how fast they burn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .shares import ENOUGH, Share, share


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


@dataclass(frozen=True, slots=True)
class Budget:
    """The failures that an objective allows for the tasks of a period, and those that there were.

    `burn` is how fast they came: 1 uses the budget up by the end of the period. `worst` is that of
    the worst hour with 20 tasks or more, which began at `worst_at`.
    """

    objective: float
    allowed: float
    used: int
    left: float
    burn: float
    worst: float | None = None
    worst_at: datetime | None = None


def budget(
    good: int, failed: int, objective: float, hours: Iterable[tuple[datetime, Minute]] = ()
) -> Budget | None:
    """The error budget of a period; None: there was no task.

    >>> found = budget(9_995, 5, 0.999)
    >>> round(found.allowed), round(found.burn, 2), round(found.left, 2)
    (10, 0.5, 0.5)
    """
    valid = good + failed
    if not valid:
        return None
    allowed = (1 - objective) * valid
    burn = failed / allowed
    worst, at = max(
        (
            (hour.failed / (hour.good + hour.failed) / (1 - objective), at)
            for at, hour in hours
            if hour.good + hour.failed >= ENOUGH
        ),
        default=(None, None),
        key=lambda found: found[0],
    )
    return Budget(objective, allowed, failed, 1 - burn, burn, worst, at)
