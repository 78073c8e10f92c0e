"""A Retry-After that is a point in time, where a model is called without a runtime."""

from __future__ import annotations

import time

import pytest

from hive_resilience import CircuitBreakerConfig
from hive_resilience.errors import CircuitBreakerError, RateLimitedError
from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard
from hive_resilience.runtime.standalone.retry import retry
from hive_resilience.testing import run_virtual

from .guard_kit import Clock
from .retry_kit import PLAIN, Model


class Busy(Exception):
    """As an HTTP client raises it."""

    status_code = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__("busy")
        self.retry_after = retry_after


@pytest.mark.parametrize("unit", [1.0, 1000.0], ids=["seconds", "milliseconds"])
def test_a_retry_waits_until_then(unit: float) -> None:
    model = Model(Busy((time.time() + 5.0) * unit))

    async def run() -> None:
        assert await retry(model, PLAIN) == "answer"

    run_virtual(run())
    assert model.asked_at[1] - model.asked_at[0] == pytest.approx(5.0, abs=0.5)


def test_a_guard_stays_shut_until_then() -> None:
    clock = Clock()
    guard = CircuitBreakerGuard(CircuitBreakerConfig(recovery_jitter=0.0), clock=clock)

    def call() -> None:
        raise RateLimitedError("busy", retry_after=time.time() + 50.0)

    with pytest.raises(RateLimitedError):
        guard.call(call)
    with pytest.raises((CircuitBreakerError, RateLimitedError)) as refused:
        guard.call(call)
    assert getattr(refused.value, "retry_after", None) == pytest.approx(50.0, abs=1.0)
