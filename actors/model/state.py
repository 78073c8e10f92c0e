"""What a model's actor owns. It outlives the actor: a crash loses no count and no permit."""

from __future__ import annotations

import asyncio
from dataclasses import InitVar, dataclass, field

from ...config.settings.failure_if import FailureIfConfig
from ...config.settings.model import ModelConfig
from ...config.settings.prices import PricesConfig
from ...config.settings.strategy import HedgeWord
from ..engine.future import Promise
from ..executor import Executor, Probe
from ..fleet_messages import Terms
from ..permit import CallPermit
from ..policies.adaptation.load_limits import LoadLimits
from ..policies.breaker.breaker import CircuitBreaker
from ..policies.breaker.states import State
from ..policies.chance import Draw
from ..policies.health.alerts import Alerts
from ..policies.health.health import HealthStatus
from ..policies.health.status import ModelStatus
from ..policies.health.traffic import TrafficHealth
from ..policies.hedging import UsualSilence
from ..policies.limits.bulkhead import Bulkhead
from ..policies.limits.rate_limit import RateLimiter
from ..policies.metrics.metrics import ModelMetrics
from ..policies.outcomes.answers import rules_of
from ..policies.retry import Retry
from ..policies.retry_budget import RetryBudget
from ..policies.unavailability import Unavailable, UnavailableReason, unavailable_of
from ..snapshots import ModelSnapshot
from ..task import RANK

LATE = 60.0
"""Seconds that the result of a trial may come after its limit: it is always the limit that ends a
trial which hangs, and cleaning up takes its time."""

_OUT = frozenset({ModelStatus.MAINTENANCE, ModelStatus.UNAVAILABLE})
Drained = tuple[Executor | None, Promise[bool]]


def _unusual(config: ModelConfig) -> FailureIfConfig | None:
    """The rules for answers where they are not the default, which each call knows anyway."""
    rules = rules_of(config.failure_if, config.params)
    return None if rules == FailureIfConfig() else rules


def _interval(config: ModelConfig, terms: Terms) -> float:
    return config.health_check.interval or terms.health_interval


@dataclass(slots=True, eq=False, repr=False)
class ModelState:
    """One model's policies, the permits that are out, and the timers that are set."""

    config: ModelConfig
    terms: InitVar[Terms]
    draw: Draw = field(kw_only=True)
    executor: Executor = field(init=False)
    probe: Probe | None = field(init=False)
    """How its health is checked; None: there is no way to."""
    attempt_timeout: float = field(init=False)
    max_parking: float = field(init=False)
    """Seconds for which its provider may keep it from being called, at most."""
    failure_if: FailureIfConfig | None = field(init=False)
    hedge_after: HedgeWord | float = field(init=False)
    silence: UsualSilence = field(default_factory=UsualSilence)
    """How long a whole answer usually takes at most; `stream_silence`, the content of a stream."""
    stream_silence: UsualSilence = field(default_factory=UsualSilence)
    prices: PricesConfig | None = field(init=False)
    breaker: CircuitBreaker = field(init=False)
    bulkhead: Bulkhead[None] = field(init=False)
    load: LoadLimits = field(init=False)
    """What moves the bulkhead's limit, and refuses calls before they reach it."""
    retry: Retry = field(init=False)
    budget: RetryBudget = field(init=False)
    metrics: ModelMetrics = field(default_factory=ModelMetrics)
    limiter: RateLimiter = field(init=False)
    health: HealthStatus = field(init=False)
    signs: TrafficHealth = field(init=False)
    alerts: Alerts = field(init=False)
    permits: dict[CallPermit, None] = field(default_factory=dict[CallPermit, None])
    """Given out and not settled."""
    place_wanted: bool = False
    """Whether tasks wait in the router's line for a place here."""
    place_held: bool = False
    """Whether a place is held for the line, until the router says which task takes it."""
    starts: int = 0
    withdrawn: bool = field(init=False)
    """Whether it takes no calls, by configuration or because it is being removed."""
    leaving: bool = False
    """Whether it is being removed."""
    checks: list[Promise[ModelStatus]] = field(default_factory=list[Promise[ModelStatus]])
    """The answers that wait for the probe under way."""
    draining: list[Drained] = field(default_factory=list[Drained])
    """The answers that wait until no call is in flight: of the model, or of an executor."""
    announced: bool = True
    """Whether the router thinks that it can serve."""
    status_told: ModelStatus = ModelStatus.AVAILABLE
    """What subscribers think of it."""
    unknown: bool = False
    """Whether its provider does not have it, as far as is known."""
    account_refused: bool = False
    """Whether the provider refused the account the last time that it was asked."""
    waits_told: dict[object, float] = field(default_factory=dict[object, float])
    """When subscribers were last told of each kind of wait that was not taken at its word."""
    probing: bool = False
    alert_timer: asyncio.TimerHandle | None = None
    look_timer: asyncio.TimerHandle | None = None
    probe_timer: asyncio.TimerHandle | None = None
    wait_timer: asyncio.TimerHandle | None = None

    def __post_init__(self, terms: Terms) -> None:
        config = self.config
        self._use(config, terms)
        self.breaker = CircuitBreaker(
            config.circuit_breaker,
            permit_timeout=terms.attempt_timeout + LATE,
            draw=self.draw,
            max_parking=terms.max_parking,
        )
        self.bulkhead = Bulkhead(config.bulkhead)
        self.load = LoadLimits(config, terms.attempt_timeout)
        self.bulkhead.limit = self.load.places
        self.budget = RetryBudget.of(config.retry)
        self.limiter = RateLimiter(config.rate_limit, max_parking=terms.max_parking)
        self.health = HealthStatus(config.health_check, _interval(config, terms))
        self.signs = TrafficHealth(terms.alerts, terms.attempt_timeout)
        self.alerts = Alerts(terms.alerts.cooldown)
        if self.withdrawn:
            self.alerts.mute()

    def _use(self, config: ModelConfig, terms: Terms) -> None:
        self.config = config
        self.executor, self.probe = terms.executor, terms.probe
        self.attempt_timeout = terms.attempt_timeout
        self.max_parking = terms.max_parking
        self.failure_if = _unusual(config)
        self.hedge_after = terms.hedge_after
        self.prices = config.prices if config.prices.are_known else None
        self.retry = Retry(config.retry)
        self.withdrawn = not config.enabled

    def adopt(self, config: ModelConfig, terms: Terms, now: float) -> None:
        """Go on with other settings. What has been counted, and what is in flight, stays."""
        switched = self.config.circuit_breaker.enabled is not config.circuit_breaker.enabled
        self._use(config, terms)
        self.breaker.reconfigure(
            config.circuit_breaker,
            permit_timeout=terms.attempt_timeout + LATE,
            max_parking=terms.max_parking,
        )
        if switched:
            self.breaker.reset(now)
        self.load.reconfigure(config, terms.attempt_timeout)
        self.budget.reconfigure(config.retry)
        self.limiter.reconfigure(config.rate_limit, now, max_parking=terms.max_parking)
        self.health.reconfigure(config.health_check, _interval(config, terms), now)
        self.signs.reconfigure(terms.alerts, terms.attempt_timeout)
        self.alerts.cooldown = terms.alerts.cooldown
        self.leaving = False

    def in_flight_by(self, executor: Executor | None) -> bool:
        """Whether an executor has calls in flight; None: whether any executor has."""
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
        """Why the model takes no call at all, in any state of the breaker; None: it takes calls."""
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
        return unavailable_of(self.breaker.state(now), now + wait, served=not self.unknown)

    def status(self, now: float) -> ModelStatus:
        """The status of its health, unless something else keeps all calls out."""
        status = self.health.status
        if status is ModelStatus.MAINTENANCE or self.can_serve(now):
            return status
        return ModelStatus.UNAVAILABLE

    def throttled(self, now: float) -> dict[str, float]:
        """The share of the calls of each priority that is not made; empty: none is throttled."""
        throttle = self.load.throttle
        if throttle is None:
            return {}
        return {str(name): throttle.share(rank, now) for name, rank in RANK.items()}

    def snapshot(self, now: float) -> ModelSnapshot:
        """Everything about the model at one moment."""
        return ModelSnapshot(
            model_id=self.config.id,
            status=self.status(now),
            breaker=self.breaker.snapshot(now),
            health=self.health.snapshot(self.signs.error_rate, self.bulkhead.limit),
            metrics=self.metrics.snapshot(now),
            bulkhead=self.bulkhead.snapshot(),
            budget=self.budget.snapshot(),
            rate_limit=self.limiter.snapshot(now),
            throttled=self.throttled(now),
            under_way=len(self.permits),
            restarts=self.starts - 1,
        )
