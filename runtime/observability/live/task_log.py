"""The ways of the last tasks, without what they asked and what came back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from ....actors.policies.outcomes.attempt import AttemptRecord, Outcome
from ....actors.policies.outcomes.foreign_text import described
from ....actors.policies.records import new
from ....actors.result import TaskResult
from ....config.errors import ResilienceError

RECENT = 200
FAILED = 1_000
_TEXT = 200

Record = dict[str, object]


class Way(NamedTuple):
    """A task that is over. `number` counts all tasks of the log, `at` is seconds since 1970."""

    number: int
    at: float
    task_id: str
    success: bool
    model: str | None
    seconds: float
    strategy: str
    fallback: bool
    degraded: bool
    steps: tuple[AttemptRecord, ...] | tuple[Record, ...]
    error: str | None

    def record(self) -> Record:
        """As JSON has it; `steps` are the attempts and the models that were passed over."""
        fields = self._asdict()
        fields["at"] = round(self.at * 1e3)
        fields["steps"] = [_step(one) if isinstance(one, tuple) else one for one in self.steps]
        return fields


class TaskLog:
    """The last `recent` tasks, and beyond them the last `failed` of those that failed.

    Adding is an append; only an error is put into words at once, since it holds its frames, and
    those hold what the task had asked.
    """

    def __init__(self, recent: int = RECENT, failed: int = FAILED) -> None:
        self.count = 0
        self._recent: deque[Way] = deque(maxlen=recent)
        self._failed: deque[Way] = deque(maxlen=failed)

    def add(self, result: TaskResult, at: float) -> None:
        """Keep the way of a task; `at` is seconds since 1970."""
        self.count += 1
        steps, error = result.attempts, result.error
        is_plain = error is None and len(steps) == 1
        fields = (
            self.count,
            at,
            result.task_id,
            result.success,
            result.model_used,
            result.execution_time,
            result.strategy,
            result.fallback_used,
            result.degraded,
            steps if is_plain else tuple(map(_step, steps)),
            None if error is None else _why(error),
        )
        way = new(Way, fields)
        self._recent.append(way)
        if not result.success:
            self._failed.append(way)

    def since(self, number: int, most: int) -> list[Record]:
        """The newest `most` of the tasks after this number, the oldest first."""
        found = [way for way in self._recent if way.number > number]
        return _records(found[-most:])

    def all(self) -> list[Record]:
        """Every task that is kept, the oldest first."""
        first = self._recent[0].number if self._recent else 0
        older = [way for way in self._failed if way.number < first]
        return _records([*older, *self._recent])


def _records(ways: Iterable[Way]) -> list[Record]:
    return [way.record() for way in ways]


def _step(record: AttemptRecord) -> Record:
    mark: Record = {"injected": True} if record.injected else {}
    return {
        "model": record.model_id,
        "number": record.number,
        "outcome": record.outcome.value,
        "at": record.started_at,
        "seconds": record.duration,
        "why": None if record.error is None else _why(record.error, record.outcome),
        **mark,
    }


def _why(error: BaseException, outcome: Outcome | None = None) -> str:
    """In our own words, or by its class: what a provider says may quote the prompt."""
    own = outcome is Outcome.REJECTED and isinstance(error, ResilienceError)
    if own:
        return described(error)[:_TEXT]
    code = getattr(error, "code", None) if isinstance(error, ResilienceError) else None
    cause = error.__cause__
    told = str(code) if code else type(error).__name__
    return f"{told} ({type(cause).__name__})"[:_TEXT] if cause is not None else told[:_TEXT]
