"""A fleet of functions behind the dashboard, with traffic and an outage on demand."""

from __future__ import annotations

import asyncio
import random
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import orjson

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import (
    AlertsConfig,
    BulkheadConfig,
    ChaosConfig,
    CircuitBreakerConfig,
    GlobalConfig,
    HistoryConfig,
    LogChannelConfig,
    RateLimitConfig,
    RetryConfig,
)
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.dashboard.dashboard import Dashboard
from hive_resilience.runtime.server.dashboard.served_door import ServedDoor
from hive_resilience.runtime.server.keys.keys import Keys
from hive_resilience.runtime.server.process.server import Server
from hive_resilience.runtime.server.siblings.siblings import Siblings

OPERATOR, READER = "stage-operator", "stage-reader"
NAMES = ("atlas-large", "atlas-small", "boreal-2", "cedar-mini", "delta-local")


class Player:
    """A model that answers after a while, and fails as it is told."""

    def __init__(self, seed: int, takes: float) -> None:
        self.chance = random.Random(seed)
        self.takes = takes
        self.fails = 0.004

    async def __call__(self, task: Task) -> str:
        await asyncio.sleep(self.takes * self.chance.lognormvariate(0.0, 0.35))
        if self.chance.random() < self.fails:
            raise ConnectionError("refused")
        return "answer"


class Stage:
    """The fleet on its server."""

    def __init__(
        self, runtime: Runtime, players: dict[str, Player], url: str, dashboard: Dashboard
    ) -> None:
        self.runtime = runtime
        self.players = players
        self.url = url
        self.dashboard = dashboard
        self.strategies = ("weighted", "weighted", "sequential")

    def breaker(self, name: str) -> str:
        """The state of a breaker."""
        return str(self.runtime.model(name).snapshot().breaker.state)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for what the traffic brings about."""
        while not true():
            await asyncio.sleep(0.05)

    async def traffic(self, every: float = 0.03) -> None:
        """Tasks without end."""
        chance = random.Random(7)
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.task(chance.choice(self.strategies)))
                await asyncio.sleep(every * chance.expovariate(1.0))

    async def task(self, strategy: str) -> None:
        """One task, as the server would log it."""
        result = await self.runtime.execute(Task("x"), strategy=strategy)
        self.dashboard.add(result)


def _models(players: dict[str, Player]) -> tuple[ModelConfig, ...]:
    weights = {"atlas-large": 5.0, "atlas-small": 3.0, "boreal-2": 2.0}
    return tuple(
        ModelConfig(
            id=name,
            executor=player,
            weight=weights.get(name, 1.0),
            retry=RetryConfig(max_retries=0),
            bulkhead=BulkheadConfig(max_concurrent=40),
            circuit_breaker=CircuitBreakerConfig(recovery_timeout=20.0),
            rate_limit=RateLimitConfig(requests_per_minute=3000 if name == "boreal-2" else None),
        )
        for name, player in players.items()
    )


def cast(
    names: tuple[str, ...] = NAMES, history: Path | None = None
) -> tuple[dict[str, Player], RuntimeConfig]:
    """The models that play, and the settings of their fleet."""
    players = {name: Player(seed, 0.08 + 0.07 * seed) for seed, name in enumerate(names)}
    settings = GlobalConfig(
        drain_timeout=0.1,
        chaos=ChaosConfig(enabled=True),
        alerts=AlertsConfig(channels=[LogChannelConfig(name="log")]),
        history=HistoryConfig(folder=None if history is None else str(history), name="stage"),
    )
    return players, RuntimeConfig(models=_models(players), global_=settings)


@asynccontextmanager
async def stage(
    names: tuple[str, ...] = NAMES, *, keys: bool = True, history: Path | None = None, port: int = 0
) -> AsyncGenerator[Stage]:
    """All of it, on a port of its own unless another is named."""
    players, config = cast(names, history)
    with tempfile.TemporaryDirectory() as folder:
        known = keys_in(Path(folder)) if keys else None
        runtime = Runtime(config, draw=random.Random(3).random)
        async with runtime, served(runtime, known, port) as (url, dashboard):
            yield Stage(runtime, players, url, dashboard)


@asynccontextmanager
async def served(
    runtime: Runtime, keys: Keys | None, port: int = 0, siblings: Siblings | None = None
) -> AsyncGenerator[tuple[str, Dashboard]]:
    """A running fleet behind its server, with the dashboard; the address of both."""
    dashboard = Dashboard(runtime, ServedDoor(keys, siblings=siblings), siblings)
    dashboard.start()
    application = Application(runtime, keys=keys, dashboard=dashboard, siblings=siblings)
    server = Server(application)
    with socket.create_server(("127.0.0.1", port)) as door:
        await server.start([door])
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}", dashboard
        finally:
            dashboard.close()
            await server.drain(0.0)


def keys_in(folder: Path) -> Keys:
    """Those of an operator and a reader."""
    entries = [
        {"id": name, "scopes": [scope], "sha256": sha256(key.encode()).hexdigest()}
        for key, name, scope in ((OPERATOR, "ada", "admin"), (READER, "ben", "read"))
    ]
    path = folder / "keys.json"
    path.write_bytes(orjson.dumps(entries))
    path.chmod(0o600)
    known = Keys(path)
    known.load()
    return known
