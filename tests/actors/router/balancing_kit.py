"""What the tests of balancing share: shares of models, and a model that comes back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from hive_resilience import CircuitBreakerConfig, Plan, Runtime, Task

BREAKER = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)


async def used(
    runtime: Runtime,
    tasks: int,
    plan: Plan | None = None,
    make: Callable[[int], Task] = lambda _: Task("x"),
) -> Counter[str | None]:
    """How many of so many tasks, one after the other, each model has answered."""
    results = [await runtime.execute(make(number), plan=plan) for number in range(tasks)]
    return Counter(result.model_used for result in results)


async def come_back(runtime: Runtime, model_id: str = "back") -> None:
    """Open the breaker of a model and let it pass its trials: its ramp begins now."""
    runtime.model(model_id).trip()
    await asyncio.sleep(10.0)
    for _ in range(3):
        assert (await runtime.execute(Task("x"), plan=Plan(model_id))).success
    assert runtime.model(model_id).snapshot().breaker.state == "closed"
