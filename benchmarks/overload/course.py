"""What happened in a run, second by second: what was sent, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hive_resilience import Priority, TaskResult
from hive_resilience.errors import BulkheadFullError, LoadShedError

ANSWERED, SHED, REFUSED, LATE = "answered", "shed", "refused", "late"


@dataclass(slots=True)
class Course:
    """One run. Keys are a second and a priority; a task counts in the second of its end."""

    sent: Counter[tuple[int, str]] = field(default_factory=Counter[tuple[int, str]])
    ended: Counter[tuple[int, str, str]] = field(default_factory=Counter[tuple[int, str, str]])
    limits: list[int] = field(default_factory=list[int])
    """The model's limit at each second."""
    waiting: list[int] = field(default_factory=list[int])
    bears: list[int] = field(default_factory=list[int])
    """How many calls at once the model takes, where it refuses more."""

    def end(self, at: float, priority: Priority, result: TaskResult) -> None:
        """A task is over."""
        self.ended[int(at), str(priority), _fate(result)] += 1

    def count(self, fate: str, begin: int, end: int, priority: str | None = None) -> int:
        """The tasks that came to this end between two seconds."""
        return sum(
            count
            for (at, name, what), count in self.ended.items()
            if what == fate and begin <= at < end and priority in (None, name)
        )

    def share(self, priority: str, begin: int, end: int) -> float:
        """The share of the tasks of a priority that were answered."""
        found = {
            fate: self.count(fate, begin, end, priority) for fate in (ANSWERED, SHED, REFUSED, LATE)
        }
        return found[ANSWERED] / max(1, sum(found.values()))

    def first(self, fate: str, priority: str) -> float:
        """The second at which the first task of a priority came to this end."""
        found = [at for at, name, what in self.ended if (name, what) == (priority, fate)]
        return min(found, default=float("inf"))

    def last(self, *fates: str) -> int:
        """The last second at which a task came to one of these ends."""
        return max((at for at, _, what in self.ended if what in fates), default=-1)


def _fate(result: TaskResult) -> str:
    if result.success:
        return ANSWERED
    errors = [record.error for record in result.attempts]
    if any(isinstance(error, LoadShedError) for error in errors):
        return SHED
    refused = any(isinstance(error, BulkheadFullError) for error in errors)
    return REFUSED if refused and not any(r.number for r in result.attempts) else LATE
