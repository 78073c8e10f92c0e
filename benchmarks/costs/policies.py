"""The bare calls, and what the parts cost that need no runtime."""

from __future__ import annotations

import asyncio

from hive_resilience import CircuitBreakerConfig
from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.permit import Rejection
from hive_resilience.errors import CircuitBreakerError
from hive_resilience.runtime.standalone.circuit_breaker import CircuitBreakerGuard
from hive_resilience.runtime.standalone.retry import retry

from ..measuring.timing import Case

AWAIT = "bare await"
TASK = "bare create_task, 1 in flight"
TASKS = "bare create_task, 100 in flight"
IN_FLIGHT = 100


async def answer(_task: object = None) -> str:
    """A model that answers at once."""
    return "answer"


def bare_cases() -> list[Case]:
    """What everything else is compared with."""
    return [
        Case(AWAIT, _await, AWAIT, calls=40_000),
        Case(TASK, _create_task, TASK),
        Case(TASKS, _create_tasks, TASKS, calls=2_000),
    ]


def policy_cases() -> list[Case]:
    """Breaker, retry and guard: the targets are 1.5, 2 and 1 us where a bare await costs 0.16."""
    return [
        Case("breaker: admit and success", _admit, AWAIT, 9.4, calls=8_000),
        Case("breaker: rejection", _reject, AWAIT, 12.5, calls=8_000),
        Case("retry(): first try answers", _retry, AWAIT, 6.3, calls=8_000),
        Case("guard: execute", _guard, AWAIT, calls=5_000),
        Case("guard: refused", _refuse, AWAIT, calls=2_000),
    ]


async def _await(calls: int) -> None:
    for _ in range(calls):
        await answer()


async def _create_task(calls: int) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(calls):
        await loop.create_task(answer())


async def _create_tasks(calls: int) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(max(1, calls // IN_FLIGHT)):
        await asyncio.gather(*[loop.create_task(answer()) for _ in range(IN_FLIGHT)])


async def _admit(calls: int) -> None:
    breaker, now = CircuitBreaker(CircuitBreakerConfig()), 0.0
    for _ in range(calls):
        now += 0.001
        permit = breaker.admit(now)
        assert not isinstance(permit, Rejection)
        permit.success(now, 0.001)


async def _reject(calls: int) -> None:
    breaker = CircuitBreaker(CircuitBreakerConfig())
    breaker.trip(0.0, "benchmark")
    for _ in range(calls):
        breaker.admit(1.0)
    assert isinstance(breaker.admit(1.0), Rejection)


async def _retry(calls: int) -> None:
    for _ in range(calls):
        await retry(answer)


async def _guard(calls: int) -> None:
    guard = CircuitBreakerGuard()
    for _ in range(calls):
        await guard.execute(answer)


async def _refuse(calls: int) -> None:
    guard = CircuitBreakerGuard()
    guard.force_open()
    for _ in range(calls):
        try:
            await guard.execute(answer)
        except CircuitBreakerError:
            continue
        raise AssertionError("an open guard let a call through")
