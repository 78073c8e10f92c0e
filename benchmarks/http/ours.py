"""A model of a `Runtime`, by its endpoint, and over the client that was the default before."""

from __future__ import annotations

from contextlib import AsyncExitStack

from hive_resilience import ModelConfig, OpenAICompatible, Runtime, Task
from hive_resilience.config import BulkheadConfig, HealthCheckConfig

from .side import AT_ONCE, MESSAGES, Side


async def runtime(url: str, stack: AsyncExitStack) -> Side:
    """A whole task: routing, permit, limits, breaker, counts, the call and its reading."""
    model = ModelConfig(id="tiny", endpoint=f"{url}/v1", bulkhead=_WIDE, health_check=_NO_PROBES)
    return await _side(model, stack)


async def over_httpx2(url: str, stack: AsyncExitStack) -> Side:
    """The same with a client of the user's own."""
    import httpx2

    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=AT_ONCE)
    client = await stack.enter_async_context(httpx2.AsyncClient(limits=limits))
    executor = OpenAICompatible(f"{url}/v1", "tiny", client=client)
    model = ModelConfig(id="tiny", executor=executor, bulkhead=_WIDE, health_check=_NO_PROBES)
    return await _side(model, stack)


_WIDE = BulkheadConfig(max_concurrent=AT_ONCE)
_NO_PROBES = HealthCheckConfig(enabled=False)
"""They would run while other sides are timed."""


async def _side(model: ModelConfig, stack: AsyncExitStack) -> Side:
    running = await stack.enter_async_context(Runtime(models=[model]))

    async def call() -> str:
        return str((await running.execute(Task({"messages": MESSAGES}))).unwrap())

    async def stream() -> int:
        async with running.stream(Task({"messages": MESSAGES})) as chunks:
            return len([1 async for _ in chunks])

    return Side(call, stream)
