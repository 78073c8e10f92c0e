"""What tests of reloading share."""

from __future__ import annotations

from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig
from hive_resilience.config.settings.group import GroupConfig

from ...fleet_kit import Model


def config(
    *models: ModelConfig, groups: tuple[GroupConfig, ...] = (), **settings: Any
) -> RuntimeConfig:
    return RuntimeConfig(global_=GlobalConfig(**settings), models=models, groups=groups)


async def used(runtime: Runtime, **how: Any) -> str | None:
    return (await runtime.execute(Task("x"), **how)).model_used


async def fail(runtime: Runtime, times: int) -> None:
    for _ in range(times):
        await runtime.execute(Task("x"))


class Closable(Model):
    """Says when it was closed, and how many calls it had then."""

    closed_with: int | None = None

    async def close(self) -> None:
        self.closed_with = self.running
