"""The demonstration's fleet in virtual time, under a steady load, for experiments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task, TaskResult
from hive_resilience.config import ChaosConfig, GlobalConfig, Isolation

RATE = 20
"""Tasks a second; one of four is a stream."""
WARM_UP = 3.0
MODELS = {"large": 0.12, "medium": 0.06, "small": 0.03}
"""As those of `hive-resilience demo`: seconds that an answer takes."""


class DemoModel:
    """Answers after its delay, or in four chunks, and says that it is well."""

    def __init__(self, model_id: str, delay: float) -> None:
        self.model_id = model_id
        self.delay = delay
        self.asked: list[str] = []
        """The payloads of its calls, in their order."""

    async def execute(self, task: Task, _context: object) -> str:
        self.asked.append(str(task.payload))
        await asyncio.sleep(self.delay)
        return f"{self.model_id} answers"

    async def stream(self, task: Task, _context: object) -> AsyncGenerator[str]:
        self.asked.append(str(task.payload))
        for word in (self.model_id, " ", "answers", "."):
            await asyncio.sleep(self.delay / 4)
            yield word

    async def check_health(self) -> bool:
        await asyncio.sleep(0.001)
        return True


def demo_config(isolated: str | None = None, **settings: Any) -> RuntimeConfig:
    """Default settings but for `chaos`, and for what is given; `isolated` has worker processes."""
    settings.setdefault("chaos", ChaosConfig(enabled=True, max_calls=1_000))
    models = tuple(
        ModelConfig(
            id=model_id,
            executor=DemoModel(model_id, delay),
            isolation=Isolation.PROCESS if model_id == isolated else Isolation.NONE,
        )
        for model_id, delay in MODELS.items()
    )
    return RuntimeConfig(global_=GlobalConfig(**settings), models=models)


class Load:
    """Sends tasks at a steady rate, whatever becomes of them."""

    def __init__(self, runtime: Runtime, rate: float = RATE) -> None:
        self._runtime = runtime
        self._rate = rate
        self._tasks: set[asyncio.Task[None]] = set()
        self.results: list[TaskResult] = []
        self._sent = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._begin()
            await asyncio.sleep(1.0 / self._rate)

    async def end(self) -> None:
        """Wait for the tasks under way."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _begin(self) -> None:
        self._sent += 1
        is_stream = self._sent % 4 == 0
        task = Task({"messages": [{"role": "user", "content": f"task {self._sent}"}]})
        work = asyncio.create_task(self._stream(task) if is_stream else self._execute(task))
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    async def _execute(self, task: Task) -> None:
        self.results.append(await self._runtime.execute(task))

    async def _stream(self, task: Task) -> None:
        async with self._runtime.stream(task) as stream:
            with suppress(Exception):
                async for _ in stream:
                    pass
        self.results.append(stream.result)


@asynccontextmanager
async def demonstration(
    config: RuntimeConfig | None = None,
) -> AsyncGenerator[tuple[Runtime, Load]]:
    """A fleet that has been under load for a while."""
    async with Runtime(config or demo_config(), draw=lambda: 0.5) as runtime:
        load = Load(runtime)
        work = asyncio.create_task(load.run())
        await asyncio.sleep(WARM_UP)
        try:
            yield runtime, load
        finally:
            work.cancel()
            await load.end()
