"""What a model's actor owns. It outlives the actor: a crash loses no count and no permit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...config.settings.failure_if import FailureIfConfig
from ...config.settings.model import ModelConfig
from ..engine.future import Promise
from ..executor import Executor, Probe
from ..fleet_messages import Terms
from ..permit import CallPermit
from ..policies.breaker.breaker import CircuitBreaker
from ..policies.breaker.states import State
from ..policies.health.alerts import Alerts
from ..policies.health.health import HealthStatus
from ..policies.health.status import ModelStatus
from ..policies.health.traffic import TrafficHealth
from ..policies.limits.bulkhead import Bulkhead
from ..policies.limits.rate_limit import RateLimiter
from ..policies.metrics.metrics import ModelMetrics
from ..policies.retry import Retry
from ..policies.retry_budget import RetryBudget
from ..policies.unavailability import Unavailable, UnavailableReason, unavailable_of
from ..snapshots import ModelSnapshot

LATE = 60.0
"""Seconds that the result of a trial may come after its limit: it is always the limit that ends a
trial which hangs, and cleaning up takes its time."""

_OUT = frozenset({ModelStatus.MAINTENANCE, ModelStatus.UNAVAILABLE})


def _unusual(rules: FailureIfConfig) -> FailureIfConfig | None:
    """The rules for answers where they are not the default, which each call knows anyway."""
    return None if rules == FailureIfConfig() else rules


class ModelState:
    """One model's policies, the permits that are out, and the timers that are set."""

    __slots__ = (
        "account_refused",
        "alert_timer",
        "alerts",
        "announced",
        "attempt_timeout",
        "breaker",
        "budget",
        "bulkhead",
        "checks",
        "config",
        "draining",
        "draw",
        "executor",
        "failure_if",
        "health",
        "leaving",
        "limiter",
        "look_timer",
        "max_parking",
        "metrics",
        "permits",
        "place_held",
        "place_wanted",
        "probe",
        "probe_timer",
        "probing",
        "retry",
        "signs",
        "starts",
        "status_told",
        "unknown",
        "wait_timer",
        "waits_told",
        "withdrawn",
    )

    def __init__(
        self,
        config: ModelConfig,
        terms: Terms,
        *,
        draw: Callable[[], float],
    ) -> None:
        self.config = config
        self.draw = draw
        self.executor: Executor = terms.executor
        self.probe: Probe | None = terms.probe
        """How its health is checked; None: there is no way to."""
        self.attempt_timeout = terms.attempt_timeout
        self.breaker = CircuitBreaker(
            config.circuit_breaker,
            permit_timeout=terms.attempt_timeout + LATE,
            draws=draw,
            max_parking=terms.max_parking,
        )
        self.bulkhead: Bulkhead[None] = Bulkhead(config.bulkhead)
        self.max_parking = terms.max_parking
        """Seconds that it is left alone at most because its provider says so."""
        self.failure_if = _unusual(config.failure_if)
        self.retry = Retry(config.retry)
        self.budget = RetryBudget.of(config.retry)
        self.metrics = ModelMetrics()
        self.limiter = RateLimiter(config.rate_limit, max_parking=terms.max_parking)
        self.health = HealthStatus(
            config.health_check, config.health_check.interval or terms.health_interval
        )
        self.signs = TrafficHealth(terms.alerts, terms.attempt_timeout)
        self.alerts = Alerts(terms.alerts.cooldown)
        self.permits: dict[CallPermit, None] = {}
        """Given out and not settled."""
        self.place_wanted = False
        """Whether tasks wait in the router's line for a place here."""
        self.place_held = False
        """Whether a place is held for the line, until the router says which task takes it."""
        self.starts = 0
        self.withdrawn = not config.enabled
        """Whether it takes no calls, by configuration or because it is being removed."""
        if self.withdrawn:
            self.alerts.mute()
        self.leaving = False
        """Whether it is being removed."""
        self.checks: list[Promise[ModelStatus]] = []
        """Who waits for the probe under way."""
        self.draining: list[tuple[Executor | None, Promise[bool]]] = []
        """Who waits until none of its calls is in flight, or none of an executor's."""
        self.announced = True
        """Whether the router thinks that it can serve."""
        self.status_told = ModelStatus.AVAILABLE
        """What subscribers think of it."""
        self.unknown = False
        self.account_refused = False
        """Whether the provider refused the account the last time that it was asked."""
        """Whether its provider does not have it, as far as is known."""
        self.waits_told: dict[object, float] = {}
        """When subscribers were last told of each kind of wait that was not taken at its word."""
        self.probing = False
        self.alert_timer: asyncio.TimerHandle | None = None
        self.look_timer: asyncio.TimerHandle | None = None
        self.probe_timer: asyncio.TimerHandle | None = None
        self.wait_timer: asyncio.TimerHandle | None = None

    def adopt(self, config: ModelConfig, terms: Terms, now: float) -> None:
        """Go on with other settings. What has been counted, and what is in flight, stays."""
        self.config = config
        self.executor, self.probe = terms.executor, terms.probe
        self.attempt_timeout = terms.attempt_timeout
        self.breaker.reconfigure(
            config.circuit_breaker,
            permit_timeout=terms.attempt_timeout + LATE,
            max_parking=terms.max_parking,
        )
        self.max_parking = terms.max_parking
        self.failure_if = _unusual(config.failure_if)
        self.retry = Retry(config.retry)
        self.budget.reconfigure(config.retry)
        self.limiter.reconfigure(config.rate_limit, now, max_parking=terms.max_parking)
        interval = config.health_check.interval or terms.health_interval
        self.health.reconfigure(config.health_check, interval, now)
        self.signs.reconfigure(terms.alerts, terms.attempt_timeout)
        self.alerts.cooldown = terms.alerts.cooldown
        self.leaving = False
        self.withdrawn = not config.enabled

    def in_flight_by(self, executor: Executor | None) -> bool:
        """Whether an executor has calls in flight; None: whether anybody has."""
        if executor is None:
            return bool(self.permits)
        return any(permit.executor is executor for permit in self.permits)

    def can_serve(self, now: float) -> bool:
        """Whether the router should send tasks here.

        A half-open breaker turns away by itself what it cannot take; the router need not know.
        """
        if self.withdrawn or self.health.status in _OUT:
            return False
        return self.breaker.admits(now) or self.breaker.state(now) is State.HALF_OPEN

    def unavailable_by_operator(self) -> Unavailable | None:
        """Why no call is taken at all, whatever the breaker says; None where that is not so."""
        if not self.config.enabled:
            return Unavailable(UnavailableReason.DISABLED)
        if self.withdrawn:
            return Unavailable(UnavailableReason.STOPPING)
        maintenance = self.health.status is ModelStatus.MAINTENANCE
        return Unavailable(UnavailableReason.MAINTENANCE) if maintenance else None

    def unavailable(self, now: float) -> Unavailable:
        """Why the router should send nothing here, for a model that cannot serve."""
        wait = self.breaker.retry_after(now)
        ruled = self.unavailable_by_operator()
        if ruled is not None or wait is None:
            return ruled or Unavailable(UnavailableReason.UNHEALTHY)
        return unavailable_of(self.breaker.state(now), now + wait)

    def status(self, now: float) -> ModelStatus:
        """The health's word, unless something else keeps everybody out."""
        status = self.health.status
        if status is ModelStatus.MAINTENANCE or self.can_serve(now):
            return status
        return ModelStatus.UNAVAILABLE

    def snapshot(self, now: float) -> ModelSnapshot:
        """Everything about the model at one moment."""
        return ModelSnapshot(
            model_id=self.config.id,
            status=self.status(now),
            breaker=self.breaker.snapshot(now),
            health=self.health.snapshot(),
            metrics=self.metrics.snapshot(now),
            bulkhead=self.bulkhead.snapshot(),
            budget=self.budget.snapshot(),
            rate_limit=self.limiter.snapshot(now),
            under_way=len(self.permits),
            restarts=self.starts - 1,
        )
