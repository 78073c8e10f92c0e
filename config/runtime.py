"""Settings of a whole runtime."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .alerts import AlertsConfig
from .base import Settings
from .model import ModelConfig
from .units import Duration


class Strategy(StrEnum):
    """How a task chooses among models."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"
    WEIGHTED = "weighted"
    RANDOM = "random"


class WhenAllOut(StrEnum):
    """What a task does when no model can serve."""

    FAIL = "fail"
    WAIT = "wait"
    TRY = "try"


class GlobalConfig(Settings):
    """What holds for all models of a runtime. Spans are seconds."""

    default_timeout: Duration = 30.0
    """Limit of one attempt where a model has none of its own."""
    task_timeout: Duration = 120.0
    """Limit of a whole task that brings none."""
    max_concurrent_requests: Annotated[int, Field(ge=1, le=10_000_000)] = 10_000
    """Tasks under way at once; the next waits or is refused."""
    max_queued_requests: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """Tasks that may wait for their turn, by priority then age; the next is refused."""
    health_check_interval: Duration = 30.0
    degraded_mode_threshold: Annotated[float, Field(ge=0, le=100)] = 60.0
    """Percent of the models that can serve; with fewer the fleet is in degraded mode."""
    default_strategy: Strategy = Strategy.SEQUENTIAL
    when_all_out: WhenAllOut = WhenAllOut.FAIL
    hedge_delay: Literal["p95"] | Duration | None = None
    """Parallel attempts start this far apart; None: all at once. "p95": what the pool's successes
    have taken lately, once there are 20 of them."""
    mailbox_size: Annotated[int, Field(ge=1, le=10_000_000)] = 10_000
    """User messages that may wait for one actor; the next is refused."""
    drain_timeout: Duration = 20.0
    """How long leaving the context waits for running tasks."""
    stop_grace: Duration = 5.0
    """How long cancelled tasks may clean up."""
    alerts: AlertsConfig = Field(default_factory=AlertsConfig)


class RuntimeConfig(Settings):
    """A whole fleet: the settings for all, and its models in their order."""

    global_: Annotated[GlobalConfig, Field(alias="global")] = Field(default_factory=GlobalConfig)
    models: tuple[ModelConfig, ...] = ()

    @model_validator(mode="after")
    def _each_model_once(self) -> RuntimeConfig:
        seen: set[str] = set()
        for model in self.models:
            if model.id in seen:
                raise ValueError(f"two models have the id {model.id!r}; ids are unique")
            seen.add(model.id)
        return self

    def attempt_timeout(self, model: ModelConfig) -> float:
        """Seconds one attempt at `model` may take."""
        return model.timeout or model.circuit_breaker.timeout or self.global_.default_timeout
