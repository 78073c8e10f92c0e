"""Hundreds of reloads while tasks arrive: none of them is lost, and nothing is left behind."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

from hive_resilience import (
    CircuitBreakerConfig,
    ModelConfig,
    Outcome,
    Plan,
    RetryConfig,
    Runtime,
    RuntimeConfig,
    Task,
    TaskResult,
)
from hive_resilience.config import BulkheadConfig, GlobalConfig, RestartConfig
from hive_resilience.testing import settle

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest

RELOADS, SECONDS, RATE = 300, 30.0, 500
NAMES = [f"m{number}" for number in range(12)]


def some_settings(chance: random.Random, executors: dict[str, Model]) -> RuntimeConfig:
    """A fleet of which the model `core` is always a part; everything else is chance."""
    names = [*chance.sample(NAMES, chance.randint(0, 6)), "core"]
    chance.shuffle(names)
    settings = GlobalConfig(
        default_strategy=chance.choice(["sequential", "weighted", "random"]),
        default_timeout=chance.uniform(5.0, 30.0),
        max_concurrent_requests=chance.randint(2_000, 20_000),
        health_check_interval=chance.uniform(1.0, 60.0),
        mailbox_size=chance.randint(100, 10_000),
    )
    models = tuple(some_model(chance, name, executors) for name in names)
    return RuntimeConfig(global_=settings, models=models)


def some_model(chance: random.Random, name: str, executors: dict[str, Model]) -> ModelConfig:
    if chance.random() < 0.1:
        executors[name] = Model(name, takes=chance.uniform(0.0, 0.5))
    core = name == "core"
    return ModelConfig(
        id=name,
        executor=executors[name],
        weight=1.0 if core else chance.choice([0.5, 1.0, 2.0]),
        enabled=core or chance.random() < 0.9,
        bulkhead=BulkheadConfig(max_concurrent=20_000 if core else chance.randint(1, 200)),
        circuit_breaker=CircuitBreakerConfig(window=chance.choice([10, 20, 40])),
        retry=RetryConfig(max_retries=chance.randint(0, 3)),
        restart=RestartConfig(intensity=chance.randint(1, 5)),
    )


async def load(runtime: Runtime, chance: random.Random) -> list[TaskResult]:
    """`RATE` tasks a second; some name a plan whose first model may be gone just now."""
    tasks: list[asyncio.Task[TaskResult]] = []
    for number in range(int(SECONDS * RATE)):
        await asyncio.sleep(1 / RATE)
        how: dict[str, Any] = {}
        if number % 5 == 0:
            how["plan"] = Plan(chance.choice(NAMES), fallbacks=("core",))
        tasks.append(asyncio.create_task(runtime.execute(Task(number), **how)))
    return await asyncio.gather(*tasks)


def test_three_hundred_reloads_under_load_lose_no_task(virtual: Virtual) -> None:
    async def main() -> None:
        chance, made = random.Random(1), Counter[str]()
        executors = {name: Model(name, takes=0.2) for name in [*NAMES, "core"]}
        first = some_settings(chance, executors)
        async with Runtime(first, draw=chance.random) as runtime:
            arriving = asyncio.create_task(load(runtime, random.Random(2)))
            for _ in range(RELOADS):
                await asyncio.sleep(SECONDS / RELOADS)
                done = await runtime.reload(some_settings(chance, executors))
                made.update(added=len(done.added), removed=len(done.removed))
                made.update(changed=len(done.changed))
            assert min(made["added"], made["removed"], made["changed"]) > RELOADS
            results = await arriving
            lost = [result for result in results if not result.success]
            assert len(results) == SECONDS * RATE
            assert lost == []
            # Nobody's call was broken off either: a model could only refuse to begin one.
            assert {record.outcome for one in results for record in one.attempts} == {
                Outcome.SUCCESS,
                Outcome.REJECTED,
            }
            last = some_settings(chance, executors)
            await runtime.reload(last)
            await settle()
            assert set(runtime.snapshot().models) == {model.id for model in last.models}
            assert_at_rest(runtime)

    virtual(main())
