"""Fleets with chaos, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import ChaosConfig, GlobalConfig, RetryConfig

NO_RETRY = RetryConfig(max_retries=0)


class Talker:
    """Answers `answer` after `takes` seconds; a stream has four chunks."""

    def __init__(self, answer: str, takes: float = 0.01) -> None:
        self.answer = answer
        self.takes = takes
        self.asked: list[object] = []
        self.checked = 0

    async def execute(self, task: Task, _context: object) -> str:
        self.asked.append(task.payload)
        await asyncio.sleep(self.takes)
        return self.answer

    async def stream(self, task: Task, _context: object) -> AsyncIterator[str]:
        self.asked.append(task.payload)
        for number in range(4):
            await asyncio.sleep(self.takes)
            yield f"{self.answer}{number}"

    async def check_health(self) -> bool:
        self.checked += 1
        return True


def chaotic(*models: ModelConfig | str, chaos: Any = None, **settings: Any) -> Runtime:
    """A runtime of these models, with chaos enabled; a name is a model that answers it."""
    configs = tuple(
        ModelConfig(id=one, executor=Talker(one), retry=NO_RETRY) if isinstance(one, str) else one
        for one in models
    )
    chaos = ChaosConfig(enabled=True) if chaos is None else chaos
    config = RuntimeConfig(global_=GlobalConfig(chaos=chaos, **settings), models=configs)
    return Runtime(config, draw=lambda: 0.5)


def injected(result: Any) -> list[tuple[str, bool, str]]:
    """Each attempt of a result: its model, whether it was hit, and how it ended."""
    return [(one.model_id, one.injected, str(one.outcome)) for one in result.attempts]
