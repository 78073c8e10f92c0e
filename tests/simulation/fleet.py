"""The fleet of one run: how many models, and settings as odd as they may be."""

from __future__ import annotations

from typing import Any

from hive_resilience import CircuitBreakerConfig, ModelConfig, RetryConfig, Strategy
from hive_resilience.config import (
    BulkheadConfig,
    GlobalConfig,
    HealthCheckConfig,
    Jitter,
    OnInterrupt,
    RateLimitConfig,
    RestartConfig,
    RouteRequestErrors,
    StreamConfig,
    WhenNoneAvailable,
)
from hive_resilience.config.settings.model import OnCrash
from hive_resilience.config.settings.strategy import HedgeWord

from .chance import Chance
from .weather import Model

HEDGES: tuple[HedgeWord | float, ...] = ("streams", "auto", "never", 1.0, 5.0)

STRATEGIES = [strategy for strategy in Strategy if strategy is not Strategy.QUORUM]
"""A quorum asks several models, and fails where few can serve: `balancing` looks at it."""


def global_config(chance: Chance) -> GlobalConfig:
    narrow = chance.happens(0.3)
    return GlobalConfig(
        default_timeout=chance.about(1.0, 20.0),
        task_timeout=chance.about(5.0, 120.0),
        max_concurrent_requests=chance.randint(3, 30) if narrow else 10_000,
        max_queued_requests=chance.randint(0, 20) if narrow else 0,
        health_check_interval=chance.about(5.0, 60.0),
        default_strategy=chance.choice(STRATEGIES),
        when_none_available=chance.choice(list(WhenNoneAvailable)),
        hedge_delay=chance.choice([None, None, 0.5, 3.0, "p95"]),
        hedge_after=chance.choice(HEDGES),
        at_most_once=chance.happens(0.2),
        drain_timeout=chance.about(0.5, 20.0),
        stop_grace=chance.about(0.5, 5.0),
        max_parking=chance.about(5.0, 60.0),
        route_request_errors=chance.choice(list(RouteRequestErrors)),
    )


def model_config(model_id: str, model: Model, chance: Chance) -> ModelConfig:
    return ModelConfig(
        id=model_id,
        executor=model,
        timeout=chance.choice([None, chance.about(0.5, 15.0)]),
        weight=chance.choice([1.0, 1.0, 0.0, 3.0]),
        enabled=not chance.happens(0.03),
        hedge_after=chance.choice([None, None, None, "auto", "never", 0.3]),
        on_crash=chance.choice([OnCrash.DELIVER, OnCrash.DELIVER, OnCrash.CANCEL]),
        circuit_breaker=_breaker(chance),
        retry=_retry(chance),
        health_check=_health(chance),
        bulkhead=_bulkhead(chance),
        rate_limit=_rate_limit(chance),
        restart=_restart(chance),
        stream=_stream(chance),
    )


def _breaker(chance: Chance) -> CircuitBreakerConfig:
    window = chance.randint(2, 30)
    recovery = chance.about(1.0, 60.0)
    return CircuitBreakerConfig(
        failure_threshold=chance.randint(1, 10),
        failure_rate=chance.uniform(0.2, 1.0),
        window=window,
        window_age=chance.about(5.0, 300.0),
        min_calls=chance.randint(1, window),
        slow_call=chance.choice([None, None, chance.about(0.5, 10.0)]),
        recovery_timeout=recovery,
        max_recovery_timeout=recovery * chance.uniform(1.0, 5.0),
        half_open_max_calls=chance.randint(1, 3),
        success_threshold=chance.randint(1, 3),
    )


def _retry(chance: Chance) -> RetryConfig:
    return RetryConfig(
        max_retries=chance.randint(0, 3),
        base_delay=chance.choice([0.0, 0.1, 1.0]),
        max_delay=chance.about(1.0, 30.0),
        jitter=chance.choice(list(Jitter)),
        budget_ratio=chance.choice([0.0, 0.2, 1.0]),
        budget_reserve=chance.choice([0, 3, 10, 1000]),
    )


def _health(chance: Chance) -> HealthCheckConfig:
    return HealthCheckConfig(
        enabled=chance.happens(0.9),
        interval=chance.choice([None, chance.about(2.0, 30.0)]),
        timeout=chance.about(0.2, 5.0),
        retries=chance.randint(0, 2),
        failures=chance.randint(1, 3),
    )


def _bulkhead(chance: Chance) -> BulkheadConfig:
    return BulkheadConfig(
        max_concurrent=chance.choice([1, 2, 5, 25]), max_queue=chance.choice([0, 0, 2, 10])
    )


def _rate_limit(chance: Chance) -> RateLimitConfig:
    settings: dict[str, Any] = {}
    if chance.happens(0.15):
        settings["requests_per_minute"] = chance.about(30.0, 300.0)
    if chance.happens(0.3):
        settings["shared_quota"] = chance.choice(["one", "two"])
    return RateLimitConfig(**settings)


def _restart(chance: Chance) -> RestartConfig:
    return RestartConfig(
        intensity=chance.choice([0, 2, 5, 50]),
        period=chance.about(1.0, 60.0),
        base_delay=chance.choice([0.0, 0.1, 2.0]),
        quarantine_retry=chance.about(2.0, 60.0),
    )


def _stream(chance: Chance) -> StreamConfig:
    return StreamConfig(
        first_chunk=chance.choice([None, chance.about(0.5, 10.0)]),
        idle=chance.choice([None, chance.about(0.5, 10.0)]),
        total=chance.choice([None, chance.about(2.0, 60.0)]),
        min_chunks_per_second=chance.choice([0.0, 0.0, chance.about(0.2, 3.0)]),
        throughput_window=chance.about(1.0, 10.0),
        buffer=chance.choice([1, 2, 16]),
        on_interrupt=chance.choice(list(OnInterrupt)),
    )
