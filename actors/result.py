"""What became of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..config.settings.runtime import Strategy
from .policies.outcomes.attempt import AttemptRecord


class TaskResult(NamedTuple):
    """The one result of a task; it names every attempt. Times are seconds.

    `model_used` is None when no model answered. `attempts` has one record for each attempt and one
    for each model that was passed over. `degraded`: the model that answered was not at its best.
    """

    task_id: str
    success: bool
    value: Any
    model_used: str | None
    execution_time: float
    strategy: Strategy
    fallback_used: bool
    retry_count: int
    circuit_breaker_triggered: bool
    error: BaseException | None
    attempts: tuple[AttemptRecord, ...]
    degraded: bool
    metadata: Mapping[str, Any]

    def unwrap(self) -> Any:
        """The value; raises the error of a task that failed."""
        if self.error is not None:
            raise self.error
        return self.value

    def unwrap_single(self) -> Any:
        """As `unwrap`, for a task that one model could serve: raises that model's own error."""
        if self.error is not None and self.attempts and self.attempts[-1].error is not None:
            raise self.attempts[-1].error
        return self.unwrap()
