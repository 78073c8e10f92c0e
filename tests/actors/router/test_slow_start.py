"""A model that has come back gets its traffic by and by."""

from __future__ import annotations

import asyncio
import random

import pytest

from hive_resilience import CircuitBreakerConfig, Plan, Runtime, Task

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model

TASKS = 200
BREAKER = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)
WORSE = model("worse", Model())
WEIGHTS = {"better": 9.0, "worse": 1.0}


async def share_of_the_better(runtime: Runtime, plan: Plan | None = None) -> float:
    used = [(await runtime.execute(Task("x"), plan=plan)).model_used for _ in range(TASKS)]
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


@pytest.mark.parametrize("given", ["to the models", "to the plan"])
def test_a_recovered_model_gets_a_growing_share_of_a_given_weight(
    virtual: Virtual, given: str
) -> None:
    """Each bound is missed by chance in less than one of 10^6 runs; the seed is fixed anyway."""

    async def main() -> None:
        random.seed(21)
        weight = 9.0 if given == "to the models" else 1.0
        plan = None if weight == 9.0 else Plan("better", ("worse",), weights=WEIGHTS)
        models = model("better", Model(), circuit_breaker=BREAKER, weight=weight), WORSE
        async with fleet(*models, default_strategy="weighted") as runtime:
            assert await share_of_the_better(runtime, plan) > 0.75

            runtime.model("better").trip()
            await asyncio.sleep(10.0)
            assert await share_of_the_better(runtime, plan) < 0.3
            await asyncio.sleep(5.0)
            assert 0.25 < await share_of_the_better(runtime, plan) < 0.65
            await asyncio.sleep(5.0)
            assert await share_of_the_better(runtime, plan) > 0.75

    virtual(main())


def test_a_model_in_its_slow_start_goes_before_one_with_no_weight(virtual: Virtual) -> None:
    async def main() -> None:
        plan = Plan("better", ("worse",), weights={"better": 1.0})
        models = model("better", Model(), circuit_breaker=BREAKER), WORSE
        async with fleet(*models, default_strategy="weighted") as runtime:
            runtime.model("better").trip()
            await asyncio.sleep(10.0)
            assert await share_of_the_better(runtime, plan) == 1.0

    virtual(main())
