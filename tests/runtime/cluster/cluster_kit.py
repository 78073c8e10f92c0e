"""Runtimes in one cluster over a network in virtual time, for the tests of what they tell."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.config import (
    AlertsConfig,
    BulkheadConfig,
    CallbackChannelConfig,
    ClusterConfig,
    GlobalConfig,
    RuntimeConfig,
)
from hive_resilience.testing import Network

from ...simulation.chance import Chance
from ...simulation.cluster.host import Host

MODEL, SPARE, LIMIT = "m", "spare", 9


async def answer(task: Task) -> str:
    return "answer"


class Simulated:
    """Owners and a network; `told` has what each process has told people, as name, kind, text."""

    def __init__(self) -> None:
        self.network = Network(Chance(1, "network").random)
        self.told: list[tuple[str, str, str]] = []
        self.hosts: list[Host] = []
        self.host(learns=False)

    def host(self, *, learns: bool) -> Owners:
        """Let new owners answer; those before are gone."""
        for host in self.hosts:
            host.kill()
        number = len(self.hosts) + 1
        self.hosts.append(Host(number, Chance(number, "host"), learns=learns))
        self.network.host(self.hosts[-1].owners)
        return self.hosts[-1].owners

    def process(
        self, name: str, *models: str, alerts: AlertsConfig | None = None, **cluster: Any
    ) -> Runtime:
        """A process that tells its alerts to `told`."""

        def tell(notification: object) -> None:
            kind = str(getattr(notification, "kind", ""))
            for alert in getattr(notification, "alerts", ()):
                self.told.append((name, kind, alert.name))

        channel = CallbackChannelConfig(name="people", function=tell)
        alerts = alerts or AlertsConfig(
            channels=(channel,), group_wait=0.1, group_interval=1.0, keep=1.0, default_rules=False
        )
        found = [
            ModelConfig(id=model, executor=answer, bulkhead=BulkheadConfig(max_concurrent=LIMIT))
            for model in models or (MODEL, SPARE)
        ]
        runtime = Runtime(RuntimeConfig(global_=GlobalConfig(alerts=alerts)), models=found)
        self.network.join(runtime, ClusterConfig(**cluster), name)
        return runtime


@asynccontextmanager
async def processes(simulated: Simulated, *names: str) -> AsyncGenerator[list[Runtime]]:
    """Processes of these names, which end afterwards."""
    runtimes = [simulated.process(name) for name in names]
    for runtime in runtimes:
        await runtime.astart()
    try:
        yield runtimes
    finally:
        for runtime in runtimes:
            await runtime.aclose()
        simulated.hosts[-1].kill()
        await simulated.network.close()
