"""Retries of all models together: 10, and one more for every 5 tasks that were answered."""

from __future__ import annotations

from hive_resilience import CircuitBreakerConfig, ModelConfig, Plan, RetryConfig, Runtime, Task

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model

RETRIES = RetryConfig(max_retries=3, base_delay=0.0, budget_reserve=1000)
NEVER = CircuitBreakerConfig(failure_threshold=1000, failure_rate=1.0, min_calls=20)


def down(model_id: str, calls: Model) -> ModelConfig:
    return model(model_id, calls, retry=RETRIES, circuit_breaker=NEVER)


async def retries(runtime: Runtime, tasks: int) -> int:
    results = [
        await runtime.execute(Task("x"), plan=Plan(one)) for _ in range(tasks) for one in ("a", "b")
    ]
    return sum(result.retry_count for result in results)


def test_models_with_retries_of_their_own_share_those_of_the_pool(virtual: Virtual) -> None:
    async def main() -> None:
        models = [down(one, Model(ConnectionError())) for one in ("a", "b")]
        async with fleet(*models, model("well", Model())) as runtime:
            assert await retries(runtime, tasks=8) == 10
            for _ in range(50):
                await runtime.execute(Task("x"), plan=Plan("well"))
            assert await retries(runtime, tasks=8) == 10
            assert_at_rest(runtime)

    virtual(main())
