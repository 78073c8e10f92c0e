"""A model that has come back gets its traffic by and by."""

from __future__ import annotations

import asyncio
import random

from hive_resilience import CircuitBreakerConfig, Runtime, Task

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model

TASKS = 200
BREAKER = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)


async def share_of_the_better(runtime: Runtime) -> float:
    used = [(await runtime.execute(Task("x"))).model_used for _ in range(TASKS)]
    return used.count("better") / TASKS


def test_a_recovered_model_gets_a_growing_share_of_what_is_learnt(virtual: Virtual) -> None:
    """Each bound is missed by chance in less than one of 10^6 runs; the seed is fixed anyway."""

    async def main() -> None:
        random.seed(20)
        better, worse = Model(takes=0.001), Model(takes=0.1)
        models = model("better", better, circuit_breaker=BREAKER), model("worse", worse)
        async with fleet(*models, default_strategy="weighted") as runtime:
            for _ in range(TASKS):
                await runtime.execute(Task("x"))
            assert await share_of_the_better(runtime) > 0.9

            runtime.model("better").trip()
            await asyncio.sleep(10.0)
            worse.takes = 0.0  # the time must not go by while it is measured; it is learnt slowly
            assert await share_of_the_better(runtime) < 0.4
            await asyncio.sleep(10.0)
            worse.takes = 0.1
            for _ in range(TASKS):
                await runtime.execute(Task("x"))
            assert await share_of_the_better(runtime) > 0.9

    virtual(main())
