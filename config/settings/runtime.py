"""Settings of a whole runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from ..base import Settings
from ..values.accepts import Many, Named, default
from ..values.references import dangling, no_model, no_plan
from ..values.units import Duration, DurationOrNone, DurationOrZero
from ..values.values import NUMBER, SWITCH
from ..values.words import KeyPath, plain_name
from .adaptation.degradation import LEVEL_NAMES, DegradationConfig
from .adaptation.recovery import RecoveryConfig
from .breaker import MAX_PARKING
from .chaos import ChaosConfig
from .distribution.cluster import ClusterConfig
from .group import GroupConfig
from .model import ModelConfig
from .observability.alerts import AlertsConfig
from .observability.history import HistoryConfig, HistoryOrFolder
from .observability.telemetry import TelemetryConfig
from .retry_budget import RetryBudgetConfig
from .strategy import HedgeAfter, HedgeDelay, HedgeWord, RouteRequestErrors
from .strategy import Strategy as Strategy

NameInTop = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,39}$")]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_name)]


class WhenNoneAvailable(StrEnum):
    """What a task does when no model can serve."""

    FAIL = "fail"
    WAIT = "wait"
    TRY = "try"


class GlobalConfig(Settings):
    """Settings for all models of a runtime. Spans are seconds."""

    default_timeout: Duration = default(30.0)
    """Limit of one attempt at a model without a timeout of its own."""
    task_timeout: Duration = default(120.0)
    """Limit of a whole task that brings none."""
    connect_timeout: Duration = default(5.0)
    """Until there is a connection to a model's server, where the model says nothing else."""
    max_concurrent_requests: Annotated[int, Field(ge=1, le=10_000_000), NUMBER] = 10_000
    """Tasks in flight at once; the next task waits or is refused."""
    max_queued_requests: Annotated[int, Field(ge=0, le=10_000_000), NUMBER] = 10_000
    """Tasks that may wait for their turn, by priority then age; the next task is refused."""
    queue_timeout: DurationOrNone = default(None)
    """Longest wait for a place at a model without a limit of its own; None: the task's deadline."""
    shed: Annotated[bool, SWITCH] = False
    """Whether tasks of low priority are refused while lines are long, before these are full."""
    health_check_interval: Duration = default(30.0)
    """Time between two probes of a model without an interval of its own."""
    degraded_mode_threshold: Annotated[float, Field(ge=0, le=100), NUMBER] = 60.0
    """Percent of the models that can serve; below it the fleet is in degraded mode."""
    default_strategy: Named[Strategy] = default(Strategy.SEQUENTIAL)
    """Strategy of a task that has none."""
    max_parallel: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] | None = None
    """Models that the parallel strategy asks at once; None: all that take part."""
    quorum: Annotated[int, Field(ge=1, le=1_000), NUMBER] = 2
    """Models that have to agree with the strategy quorum, where the plan does not say."""
    ramp_up: DurationOrZero = default(30.0)
    """Time in which the share of a model that comes back grows from a tenth to all; 0: at once."""
    failover: Annotated[bool, SWITCH] = True
    """Whether a failed task goes on to the next model."""
    route_request_errors: Named[RouteRequestErrors] = default(RouteRequestErrors.MODEL_LIMITS)
    """Whether the next model is asked when a model cannot take the request (model_limits), also
    when a model calls it wrong (all), or never (none); the setting of a plan goes first."""
    max_parking: Duration = default(MAX_PARKING)
    """Longest time without calls that a provider may ask for."""
    at_most_once: Annotated[bool, SWITCH] = False
    """Whether only calls that certainly reached no model go on to another, or are repeated."""
    when_none_available: Named[WhenNoneAvailable] = default(WhenNoneAvailable.FAIL)
    """A task that no model can serve fails at once, waits for the first model that comes back, or
    tries the model whose wait ends first."""
    hedge_delay: HedgeDelay = default(None)
    """Time between the starts of parallel attempts; None: all start at once. "p95": as long as 95 %
    of the recent successes took, from 20 successes on."""
    hedge_after: HedgeAfter = default("streams")
    """Silence of a model before the next one is asked beside it: a span, `auto` (4 x the recent p95
    of its time to the first content, at least 2 s), `streams` (auto for streams alone), `never`."""
    mailbox_size: Annotated[int, Field(ge=1, le=10_000_000), NUMBER] = 2_000
    """User messages that may wait for one actor; the next message is refused."""
    drain_timeout: Duration = default(20.0)
    """How long a runtime that closes waits for running tasks."""
    stop_grace: Duration = default(5.0)
    """How long cancelled tasks may take to clean up."""
    aliases: Mapping[Name, Name] = default({})
    """Other names for models and groups, by which callers of a server may ask for them."""
    alerts: AlertsConfig = Field(default_factory=AlertsConfig)
    retry_budget: RetryBudgetConfig = Field(default_factory=RetryBudgetConfig)
    history: HistoryOrFolder = default(Field(default_factory=HistoryConfig))
    telemetry: TelemetryConfig = Field(default_factory=TelemetryConfig)
    chaos: ChaosConfig = Field(default_factory=ChaosConfig)
    top: NameInTop | None = None
    """The name by which `hive-resilience top` finds the runtime on this machine; None: it cannot.
    A Unix socket with this name, for this user alone, tells the state of the fleet."""
    cluster: ClusterConfig = Field(default_factory=ClusterConfig)
    degradation: DegradationConfig = Field(default_factory=DegradationConfig)
    recovery: RecoveryConfig = Field(default_factory=RecoveryConfig)


class RuntimeConfig(Settings):
    """A whole fleet: settings for all models, the models in their order, and groups."""

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

    @model_validator(mode="after")
    def _rules_are_about_models(self) -> RuntimeConfig:
        known = [model.id for model in self.models]
        for rule in self.global_.alerts.rules:
            for model_id in rule.models:
                if model_id not in known:
                    told = no_model(model_id, known)
                    raise ValueError(f"alerts.rules.{rule.name}.models: {told}")
        return self

    @model_validator(mode="after")
    def _plans_of_levels_are_there(self) -> RuntimeConfig:
        names = [*(model.id for model in self.models), *(group.name for group in self.groups)]
        for level, actions in zip(LEVEL_NAMES, self.global_.degradation.when.in_order, strict=True):
            if actions.plan is not None and actions.plan not in names:
                raise ValueError(f"degradation.when.{level}.plan: {no_plan(actions.plan, names)}")
        return self

    @property
    def members_of_groups(self) -> dict[str, tuple[str, ...]]:
        """The models of each group, by its name."""
        return {group.name: group.models for group in self.groups}

    @model_validator(mode="after")
    def _aliases_lead_somewhere(self) -> RuntimeConfig:
        names = {*(model.id for model in self.models), *(group.name for group in self.groups)}
        for alias, target in self.global_.aliases.items():
            if alias in names:
                raise ValueError(f"aliases: {alias!r} is a model or a group already")
            if target not in names:
                raise ValueError(f"aliases.{alias}: there is no model and no group {target!r}")
        return self

    @model_validator(mode="after")
    def _one_space_each(self) -> RuntimeConfig:
        spaces = {model.id: model.embedding_space for model in self.models}
        for group in self.groups:
            found = {space for i in group.models if (space := spaces.get(i)) is not None}
            if len(found) > 1:
                named = " and ".join(sorted(found))
                raise ValueError(f"groups.{group.name}: mixes the embedding spaces {named}")
        return self

    def attempt_timeout(self, model: ModelConfig) -> float:
        """Seconds one attempt at `model` may take."""
        return model.timeout or model.circuit_breaker.timeout or self.global_.default_timeout

    def max_parking(self, model: ModelConfig) -> float:
        """Seconds that `model` is left alone at most because its provider says so."""
        return model.max_parking or self.global_.max_parking

    def hedge_after(self, model: ModelConfig) -> HedgeWord | float:
        """Silence of `model` before the next one is asked beside it: seconds, or a word for it."""
        return model.hedge_after or self.global_.hedge_after


def _twice(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)
