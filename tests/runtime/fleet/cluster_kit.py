"""Runtimes in one cluster, over a network in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import Alone, ClusterConfig
from hive_resilience.testing import Network

from ...simulation.chance import Chance
from ...simulation.cluster.host import SHARE_TIME, Host

LIMIT = 9


class Provider:
    """Counts the calls of all processes together."""

    def __init__(self, duration: float = 0.05) -> None:
        self.duration = duration
        self.is_down = False
        self.in_flight = self.most = 0
        self.starts: list[float] = []

    @property
    def calls(self) -> int:
        return len(self.starts)

    async def __call__(self, _task: Task) -> Any:
        self.starts.append(asyncio.get_running_loop().time())
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await asyncio.sleep(self.duration)
            if self.is_down:
                raise ConnectionError("the provider is down")
        finally:
            self.in_flight -= 1
        return "answer"


class Cluster:
    """Processes that share one model; `model` are its settings beside its limit."""

    def __init__(
        self,
        alone: Alone = Alone.SHARE,
        *,
        limit: int = LIMIT,
        provider: Provider | None = None,
        **model: Any,
    ) -> None:
        self.provider = provider or Provider()
        self.network = Network(Chance(1, "network").random)
        self.settings = ClusterConfig(alone=alone, share_time=SHARE_TIME)
        self.model: dict[str, Any] = {"bulkhead": {"max_concurrent": limit}, **model}
        self.hosts: list[Host] = []
        self.loads: list[asyncio.Task[None]] = []
        self.new_host(learns=False)

    @property
    def host(self) -> Host:
        return self.hosts[-1]

    def new_host(self, *, learns: bool = True) -> Host:
        """Owners that begin now; all processes are sent to them."""
        epoch = len(self.hosts) + 1
        self.hosts.append(Host(epoch, Chance(1, f"host {epoch}"), learns=learns))
        self.network.host(self.host.owners)
        return self.host

    def process(self, name: str, **model: Any) -> Runtime:
        given = {"id": "m", "executor": self.provider} | self.model | model
        config = ModelConfig.model_validate(given)
        runtime = Runtime(models=[config])
        self.network.join(runtime, self.settings, name)
        return runtime

    async def close(self) -> None:
        for host in self.hosts:
            host.kill()
        await self.network.close()


@asynccontextmanager
async def processes(cluster: Cluster, *names: str) -> AsyncGenerator[list[Runtime], None]:
    runtimes = [cluster.process(name) for name in names]
    for runtime in runtimes:
        await runtime.astart()
    try:
        yield runtimes
    finally:
        for runtime in runtimes:
            await runtime.aclose()
        await cluster.close()


async def load(
    runtime: Runtime, until: float, workers: int = 2 * LIMIT, pause: float = 0.05
) -> None:
    """So many tasks at once, one after the other; after one that fails the next has a pause."""

    async def one() -> None:
        while asyncio.get_running_loop().time() < until:
            result = await runtime.execute(Task("hello", timeout=5.0))
            if not result.success:
                await asyncio.sleep(pause)

    await asyncio.gather(*(one() for _ in range(workers)))


def places(runtime: Runtime) -> int:
    cluster = runtime.snapshot().cluster
    assert cluster is not None
    return cluster.shares["m"].places
