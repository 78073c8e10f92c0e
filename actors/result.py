"""The result of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ..config.settings.strategy import Strategy
from .policies.degradation.levels import Degradation
from .policies.outcomes.attempt import AttemptRecord
from .policies.outcomes.usage import Usage

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    T_co = TypeVarWithDefault("T_co", covariant=True, default=Any)
else:
    T_co = TypeVar("T_co", covariant=True)


class TaskResult(NamedTuple, Generic[T_co]):
    """The one result of a task; it names every attempt. Times are seconds.

    `value` is what the executor returned: `TaskResult[str]` where that is a text. `model_used` is
    None when no model answered. `attempts` has one record for each attempt and one for each model
    that was passed over. `degraded`: the model that answered was degraded. `usage`: the tokens of
    the call that answered, None where its executor tells none; `cost`: what they cost by the
    model's `prices`; of a quorum both are those of all answers. `degradation`: how the fleet was
    when the task began, and what that meant for the task; None in good times. `voters`: the models
    that agree on the value, of a quorum.
    """

    task_id: str
    success: bool
    value: T_co
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
    usage: Usage | None = None
    cost: float | None = None
    degradation: Degradation | None = None
    voters: tuple[str, ...] = ()

    @property
    def response(self) -> Any:
        """The provider's own object, where an adapter has asked for it; otherwise the value."""
        return getattr(self.value, "response", self.value)

    def unwrap(self) -> T_co:
        """The value; raises the error of a task that failed."""
        if self.error is not None:
            raise self.error
        return self.value

    def unwrap_single(self) -> T_co:
        """As `unwrap`, for a task that one model could serve: raises that model's own error."""
        if self.error is not None and self.attempts and self.attempts[-1].error is not None:
            raise self.attempts[-1].error
        return self.unwrap()
