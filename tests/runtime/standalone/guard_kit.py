"""A guard's settings and clock for its tests."""

from __future__ import annotations

import pytest

from hive_resilience.config import CircuitBreakerConfig
from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard

SETTINGS = CircuitBreakerConfig(failure_threshold=2, success_threshold=1, recovery_jitter=0.0)
LIMITED = SETTINGS.model_copy(update={"timeout": 10.0})


class Clock:
    """Monotonic seconds that stand still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(guard: CircuitBreakerGuard, times: int = 1, error: type[Exception] = OSError) -> None:
    def failing() -> None:
        raise error("down")

    for _ in range(times):
        with pytest.raises(error):
            guard.call(failing)


async def double(number: int, *, plus: int = 0) -> int:
    return 2 * number + plus
