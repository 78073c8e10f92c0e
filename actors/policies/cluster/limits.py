"""Different settings of one model in one fleet: the strictest of them hold."""

from __future__ import annotations

from collections.abc import Collection
from math import inf
from operator import attrgetter

from ....config.settings.breaker import CircuitBreakerConfig
from ....config.settings.model import ModelConfig
from .records import Limits

_SMALLEST = (
    *("places", "failure_threshold", "failure_rate", "min_calls", "slow_call_rate"),
    *("half_open_max_calls", "window_age"),
)
_GREATEST = (
    *("recovery_timeout", "max_recovery_timeout", "recovery_jitter", "success_threshold"),
    *("enabled", "trial_timeout", "max_parking", "window"),
)
_SMALLEST_THERE_IS = ("requests", "tokens", "slow_call")


def limits_of(config: ModelConfig, *, trial_timeout: float, max_parking: float) -> Limits:
    """What a model's settings say to the fleet."""
    breaker, rate = config.circuit_breaker, config.rate_limit
    return Limits(
        places=config.bulkhead.max_concurrent,
        requests=rate.requests_per_minute,
        tokens=rate.tokens_per_minute,
        enabled=breaker.enabled,
        failure_threshold=breaker.failure_threshold,
        failure_rate=breaker.failure_rate,
        window=breaker.window,
        window_age=breaker.window_age,
        min_calls=breaker.min_calls,
        slow_call=breaker.slow_call,
        slow_call_rate=breaker.slow_call_rate,
        recovery_timeout=breaker.recovery_timeout,
        max_recovery_timeout=breaker.max_recovery_timeout,
        recovery_jitter=breaker.recovery_jitter,
        half_open_max_calls=breaker.half_open_max_calls,
        success_threshold=breaker.success_threshold,
        trial_timeout=trial_timeout,
        max_parking=max_parking,
    )


def strictest(stated: Collection[Limits]) -> Limits:
    """The limits that hold where peers state these."""
    values: dict[str, object] = {}
    for name in _SMALLEST:
        values[name] = min(map(attrgetter(name), stated))
    for name in _GREATEST:
        values[name] = max(map(attrgetter(name), stated))
    for name in _SMALLEST_THERE_IS:
        least = min(inf if (v := getattr(each, name)) is None else v for each in stated)
        values[name] = None if least == inf else least
    return Limits(**values)  # type: ignore[arg-type]  # each from a field of the same name


def breaker_settings(limits: Limits) -> CircuitBreakerConfig:
    """The breaker of an owner with these limits."""
    return CircuitBreakerConfig(
        enabled=limits.enabled,
        failure_threshold=limits.failure_threshold,
        failure_rate=limits.failure_rate,
        window=limits.window,
        window_age=limits.window_age,
        min_calls=limits.min_calls,
        slow_call=limits.slow_call,
        slow_call_rate=limits.slow_call_rate,
        recovery_timeout=limits.recovery_timeout,
        max_recovery_timeout=limits.max_recovery_timeout,
        recovery_jitter=limits.recovery_jitter,
        half_open_max_calls=limits.half_open_max_calls,
        success_threshold=limits.success_threshold,
    )
