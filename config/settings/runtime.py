"""Settings of a whole runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from ..base import Settings
from ..values.accepts import Accepts, Many, Named, default
from ..values.references import dangling
from ..values.units import Duration, DurationOrNone, Positive, Written
from ..values.values import NUMBER, SWITCH
from ..values.words import KeyPath
from .alerts import AlertsConfig
from .breaker import MAX_PARKING
from .group import GroupConfig
from .model import ModelConfig
from .retry_budget import RetryBudgetConfig
from .strategy import RouteRequestErrors
from .strategy import Strategy as Strategy


class WhenNoneAvailable(StrEnum):
    """What a task does when no model can serve."""

    FAIL = "fail"
    WAIT = "wait"
    TRY = "try"


HedgeDelay: TypeAlias = Accepts[Literal["p95"] | Positive | None, Written | None]


class GlobalConfig(Settings):
    """What holds for all models of a runtime. Spans are seconds."""

    default_timeout: Duration = default(30.0)
    """Limit of one attempt where a model has none of its own."""
    task_timeout: Duration = default(120.0)
    """Limit of a whole task that brings none."""
    connect_timeout: Duration = default(5.0)
    """Until there is a connection to a model's server, where the model says nothing else."""
    max_concurrent_requests: Annotated[int, Field(ge=1, le=10_000_000), NUMBER] = 10_000
    """Tasks under way at once; the next waits or is refused."""
    max_queued_requests: Annotated[int, Field(ge=0, le=10_000_000), NUMBER] = 10_000
    """Tasks that may wait for their turn, by priority then age; the next is refused."""
    queue_timeout: DurationOrNone = default(None)
    """Longest wait for a place at a model that says nothing else; None: the task's deadline."""
    health_check_interval: Duration = default(30.0)
    """Between two probes, where a model says nothing else."""
    degraded_mode_threshold: Annotated[float, Field(ge=0, le=100), NUMBER] = 60.0
    """Percent of the models that can serve; with fewer the fleet is in degraded mode."""
    default_strategy: Named[Strategy] = default(Strategy.SEQUENTIAL)
    """For tasks that come without one."""
    max_parallel: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] | None = None
    """How many models the parallel strategy asks at once; None: all that take part."""
    failover: Annotated[bool, SWITCH] = True
    """Whether a task goes on to the next model when one has failed it."""
    route_request_errors: Named[RouteRequestErrors] = default(RouteRequestErrors.MODEL_LIMITS)
    """Whether the next model is asked when a model cannot take the request (model_limits), also
    when a model calls it wrong (all), or never (none); a plan's own word goes before."""
    max_parking: Duration = default(MAX_PARKING)
    """How long a model is left alone at most because its provider says so."""
    at_most_once: Annotated[bool, SWITCH] = False
    """Whether only calls that certainly reached no model go on to another, or are repeated."""
    when_none_available: Named[WhenNoneAvailable] = default(WhenNoneAvailable.FAIL)
    """No model can serve: fail at once, wait for the first that comes back, or try one."""
    hedge_delay: HedgeDelay = default(None)
    """Parallel attempts start this far apart; None: all at once. "p95": what the pool's successes
    have taken lately, once there are 20 of them."""
    mailbox_size: Annotated[int, Field(ge=1, le=10_000_000), NUMBER] = 2_000
    """User messages that may wait for one actor; the next is refused."""
    drain_timeout: Duration = default(20.0)
    """How long leaving the context waits for running tasks."""
    stop_grace: Duration = default(5.0)
    """How long cancelled tasks may clean up."""
    alerts: AlertsConfig = Field(default_factory=AlertsConfig)
    retry_budget: RetryBudgetConfig = Field(default_factory=RetryBudgetConfig)


class RuntimeConfig(Settings):
    """A whole fleet: the settings for all, and its models in their order."""

    global_: Annotated[GlobalConfig, Field(alias="global")] = Field(default_factory=GlobalConfig)
    models: Many[ModelConfig] = default(())
    groups: Many[GroupConfig] = default(())

    @model_validator(mode="after")
    def _each_name_once(self) -> RuntimeConfig:
        for name in _twice(model.id for model in self.models):
            raise ValueError(f"two models have the id {name!r}; ids are unique")
        for name in _twice(group.name for group in self.groups):
            raise ValueError(f"two groups have the name {name!r}; names are unique")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> RuntimeConfig:
        if not self.groups and not any(model.fallbacks for model in self.models):
            return self
        models = [{"id": model.id, "fallbacks": model.fallbacks} for model in self.models]
        groups = [{"models": group.models, "weights": group.weights} for group in self.groups]
        told = [f"{self._owner(found.path)}: {found.message}" for found in dangling(models, groups)]
        if told:
            raise ValueError("; ".join(told))
        return self

    def _owner(self, path: KeyPath) -> str:
        kind, at, setting = path[0], int(path[1]), path[2]
        owner = self.models[at].id if kind == "models" else self.groups[at].name
        return f"{kind}.{owner}.{setting}"

    def attempt_timeout(self, model: ModelConfig) -> float:
        """Seconds one attempt at `model` may take."""
        return model.timeout or model.circuit_breaker.timeout or self.global_.default_timeout

    def max_parking(self, model: ModelConfig) -> float:
        """Seconds that `model` is left alone at most because its provider says so."""
        return model.max_parking or self.global_.max_parking


def _twice(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)
