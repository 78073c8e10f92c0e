"""The actors at one moment: frozen records for people and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .policies.breaker.states import BreakerSnapshot
from .policies.health.status import HealthSnapshot, ModelStatus
from .policies.limits.bulkhead import BulkheadSnapshot
from .policies.limits.rate_limit import RateLimitSnapshot
from .policies.metrics.snapshot import MetricsSnapshot
from .policies.restart import RestartSnapshot
from .policies.retry_budget import RetryBudgetSnapshot


@dataclass(frozen=True, slots=True)
class ModelSnapshot:
    """One model. `under_way` counts its calls; abandoned threads count in the bulkhead alone."""

    model_id: str
    status: ModelStatus
    breaker: BreakerSnapshot
    health: HealthSnapshot
    metrics: MetricsSnapshot
    bulkhead: BulkheadSnapshot
    budget: RetryBudgetSnapshot
    rate_limit: RateLimitSnapshot
    under_way: int
    restarts: int
    throttled: Mapping[str, float]
    """The share of calls that is not made now, by priority; empty where throttling is off."""


@dataclass(frozen=True, slots=True)
class RouterSnapshot:
    """The router. `closed` has the reason of each model that cannot serve.

    `shed_from` is the overload that the whole fleet counts with at least, and `limit_share` the
    share of their configured limits that models have at most; None: the fleet does nothing of it.
    """

    models: int
    usable: int
    closed: Mapping[str, str]
    in_flight: int
    dispatched: int
    answered: int
    refused: int
    waiting: int
    """Tasks that wait for a place at a model."""
    strategies: Mapping[str, int]
    budget: RetryBudgetSnapshot
    tasks: Mapping[str, int]
    """How many tasks have ended: success, failure, refused (got no turn) or cancelled."""
    fallbacks: Mapping[str, Mapping[str, int]]
    """How many tasks meant for a model another one has answered: `fallbacks[meant][answered]`."""
    shed_from: float | None
    limit_share: float | None
    ramping: Mapping[str, float]
    """The share of its tasks that each model gets which has come back lately."""


@dataclass(frozen=True, slots=True)
class ChildSnapshot:
    """One supervised actor; `restarts` counts the restarts that worked."""

    name: str
    alive: bool
    restarts: int
    restart: RestartSnapshot
