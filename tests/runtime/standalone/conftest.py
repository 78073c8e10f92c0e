"""A guard on a clock that moves only when told."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard

from .guard_kit import SETTINGS, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> CircuitBreakerGuard:
    return CircuitBreakerGuard(SETTINGS, name="search", clock=clock)
