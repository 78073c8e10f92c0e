"""Models whose load is held, and what their bulkheads say."""

from __future__ import annotations

import asyncio

from hive_resilience import ModelConfig, Runtime, Task, TaskResult
from hive_resilience.config import BulkheadConfig
from hive_resilience.errors import ModelUnavailableError

from ...fleet_kit import Model, model

BUSY = ModelUnavailableError("busy", status=503)
STEADY = {"failure_threshold": 1_000, "failure_rate": 1.0, "min_calls": 1_000, "window": 1_000}
"""A breaker that stays closed: what is told of here comes before it."""


def adaptive(model_id: str, executor: Model, **settings: object) -> ModelConfig:
    settings.setdefault("adaptive_limit", {"rule": "aimd"})
    settings.setdefault("bulkhead", BulkheadConfig(max_concurrent=20))
    return model(model_id, executor, circuit_breaker=STEADY, **settings)


def limit_of(runtime: Runtime, model_id: str = "a") -> int:
    return runtime.snapshot().models[model_id].bulkhead.limit


def reasons(runtime: Runtime, model_id: str = "a") -> dict[str, int]:
    return dict(runtime.snapshot().models[model_id].metrics.rejections)


def start(runtime: Runtime, count: int = 1, **fields: object) -> list[asyncio.Task[TaskResult]]:
    tasks = [Task(n, **fields) for n in range(count)]  # type: ignore[arg-type]
    return [asyncio.create_task(runtime.execute(task)) for task in tasks]


def tell(runtime: Runtime, message: object) -> None:
    runtime._fleet.router.send(message)
