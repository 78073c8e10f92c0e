"""Which of the models that have failed a task is asked again, and when: after all others."""

from __future__ import annotations

from typing import NamedTuple


class Repetition(NamedTuple):
    """An attempt at a model that has failed: its number there, and the delay before, in seconds.

    `due` is the point in time at which its wait, counted from its own failure, ends.
    """

    model_id: str
    number: int
    delay: float
    due: float


class Repetitions:
    """The failed models that may be asked again: first the first whose wait ends, ties in order.

    >>> repetitions = Repetitions()
    >>> repetitions.add("a", number=1, delay=2.0, now=0.0)
    >>> repetitions.add("b", number=1, delay=1.0, now=0.5)
    >>> repetitions.take()
    Repetition(model_id='b', number=2, delay=1.0, due=1.5)
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[str, Repetition] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, model_id: str, number: int, delay: float, now: float) -> None:
        """Attempt `number` at the model has failed, and the next one may follow after `delay`."""
        self._waiting.pop(model_id, None)
        self._waiting[model_id] = Repetition(model_id, number + 1, delay, now + delay)

    def take(self) -> Repetition | None:
        """The repetition whose wait ends first; it does not wait any more."""
        first = self.first()
        return None if first is None else self._waiting.pop(first.model_id)

    def first(self) -> Repetition | None:
        """The repetition whose wait ends first."""
        # `min` keeps the first of equals, which failed first.
        return min(self._waiting.values(), key=lambda found: found.due, default=None)

    def update(self, other: Repetitions) -> None:
        """Take over what a branch of the same task has found."""
        self._waiting.update(other._waiting)

    def clear(self) -> None:
        """Ask no model again."""
        self._waiting.clear()
