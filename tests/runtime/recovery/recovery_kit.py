"""Fleets for tests of recovery: providers that go down, and actors in quarantine."""

from __future__ import annotations

import asyncio
from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import (
    CircuitBreakerConfig,
    GlobalConfig,
    HealthCheckConfig,
    RecoveryConfig,
)
from hive_resilience.testing import crash


class Provider:
    """A model whose provider is down while `down`, and has a probe."""

    def __init__(self) -> None:
        self.down = False

    async def execute(self, task: Task, context: object) -> str:
        await asyncio.sleep(0.1)
        if self.down:
            raise ConnectionError("down")
        return "answer"

    async def check_health(self) -> bool:
        await asyncio.sleep(0.01)
        return not self.down


def fleet_of(providers: dict[str, Provider], **recovery: Any) -> Runtime:
    return Runtime(
        RuntimeConfig(
            global_=GlobalConfig(recovery=RecoveryConfig(**recovery)),
            models=tuple(
                ModelConfig(
                    id=name,
                    executor=one,
                    circuit_breaker=CircuitBreakerConfig(),
                    health_check=HealthCheckConfig(interval=30.0, retries=1),
                )
                for name, one in providers.items()
            ),
        ),
        draw=lambda: 0.5,
    )


def closed(runtime: Runtime) -> set[str]:
    return set(runtime.snapshot().router.closed)


async def quarantine(runtime: Runtime, model_id: str) -> None:
    for _ in range(50):
        crash(runtime, model_id)
        await asyncio.sleep(1.0)
        if runtime.snapshot().router.closed.get(model_id) == "quarantined":
            return
    raise AssertionError("it is not quarantined")
