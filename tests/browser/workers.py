"""Workers of one server in one cluster, each with a port of its own, so that a page has one."""

from __future__ import annotations

import random
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from hive_resilience import Runtime
from hive_resilience.config import ClusterConfig
from hive_resilience.runtime.server.siblings.siblings import Siblings
from hive_resilience.testing import Network

from ..runtime.server.workers.workers_kit import a_hub
from ..simulation.chance import Chance
from ..simulation.cluster.host import Host
from .stage import Stage, cast, keys_in, served


class Workers:
    """All of them; `network` is their way to the owners."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.siblings: list[Siblings] = []
        self.network = Network(Chance(1, "network").random)

    async def start(self, stack: AsyncExitStack, path: str, folder: Path, count: int) -> None:
        """Start one more."""
        players, config = cast()
        number = len(self.stages) + 1
        siblings = Siblings(number, path, count)
        await siblings.join()
        stack.push_async_callback(siblings.leave)
        runtime = Runtime(config, draw=random.Random(number).random)
        self.network.join(runtime, ClusterConfig(), f"worker-{number}")
        await stack.enter_async_context(runtime)
        keys = keys_in(folder)
        url, dashboard = await stack.enter_async_context(served(runtime, keys, 0, siblings))
        siblings.ready()
        self.siblings.append(siblings)
        self.stages.append(Stage(runtime, players, url, dashboard))


@asynccontextmanager
async def workers(count: int = 3) -> AsyncGenerator[Workers]:
    """So many, with a hub and owners."""
    found, host = Workers(), Host(1, Chance(1, "host"), learns=False)
    found.network.host(host.owners)
    async with a_hub() as (_, path), AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.push_async_callback(found.network.close)
        stack.callback(host.kill)
        for _ in range(count):
            await found.start(stack, path, folder, count)
        yield found
