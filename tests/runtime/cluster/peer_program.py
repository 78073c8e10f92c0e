"""A process of a fleet: a whole runtime under load, which tells what it has seen.

Its model answers after a while, and fails while a file is there. All times are those of the
machine's monotonic clock, which all processes have in common.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import (
    BulkheadConfig,
    CircuitBreakerConfig,
    ClusterConfig,
    GlobalConfig,
    HealthCheckConfig,
    RetryConfig,
    RuntimeConfig,
)
from hive_resilience.errors import ModelUnavailableError

TAKES = 0.05
"""Seconds of a call."""


class Peer:
    """A runtime with one model, and what happened in it since it was asked last."""

    def __init__(self, dead: Path, cluster: ClusterConfig) -> None:
        self._dead = dead
        self._calls: list[list[float]] = []
        self._failed: list[tuple[float, str]] = []
        self._events: list[tuple[float, str]] = []
        self._load: list[asyncio.Task[None]] = []
        self._runtime = Runtime(_settings(self._call), cluster=cluster)
        self._runtime.subscribe(self._hear)

    async def run(self) -> None:
        async with self._runtime:
            while line := await asyncio.to_thread(sys.stdin.readline):
                print(json.dumps(await self._obey(line.split())), flush=True)
            await self._rest()

    async def _obey(self, words: list[str]) -> dict[str, Any]:
        match words:
            case ["load", count]:
                self._load = [asyncio.create_task(self._ask(at)) for at in range(int(count))]
            case ["rest"]:
                await self._rest()
            case ["tell"]:
                return self._told()
            case ["fork"]:
                return {"child": self._forked()}
            case _:
                raise ValueError(f"{words} is nothing that this program does")
        return {}

    async def _call(self, _task: Task) -> str:
        call = [time.monotonic()]
        self._calls.append(call)
        try:
            if self._dead.exists():
                raise ModelUnavailableError("the test lets it fail", model_id="m")
            await asyncio.sleep(TAKES)
        finally:
            call.append(time.monotonic())
        return "answer"

    async def _ask(self, at: int) -> None:
        """One task after the other, not in step with the rest."""
        await asyncio.sleep(at * TAKES / 20)
        while True:
            result = await self._runtime.execute(Task("x", timeout=20))
            if not result.success:
                self._failed.append((time.monotonic(), str(result.error)))
                await asyncio.sleep(0.02)

    async def _rest(self) -> None:
        for each in self._load:
            each.cancel()
        await asyncio.gather(*self._load, return_exceptions=True)
        self._load = []

    def _hear(self, event: Any) -> None:
        name = type(event).__name__
        after = f" {event.after}" if name == "CircuitChanged" else ""
        self._events.append((time.monotonic(), name + after))

    def _told(self) -> dict[str, Any]:
        now, snapshot = time.monotonic(), self._runtime.snapshot()
        cluster = snapshot.cluster
        assert cluster is not None
        told = {
            "now": now,
            "calls": [[*call, now][:2] for call in self._calls],
            "failed": self._failed,
            "events": self._events,
            "joined": cluster.joined,
            "epoch": cluster.epoch,
            "places": [share.places for share in cluster.shares.values()],
            "learning": cluster.learning,
            "reason": cluster.error,
            "has_ray": "ray" in sys.modules,
        }
        self._calls = [call for call in self._calls if len(call) == 1]
        self._failed, self._events = [], []
        return told

    def _forked(self) -> int:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        return child


def _settings(call: Any) -> RuntimeConfig:
    model = ModelConfig(
        id="m",
        executor=call,
        bulkhead=BulkheadConfig(max_concurrent=30),
        circuit_breaker=CircuitBreakerConfig(
            recovery_timeout=1.0, max_recovery_timeout=1.0, recovery_jitter=0, success_threshold=1
        ),
        health_check=HealthCheckConfig(enabled=False),
        retry=RetryConfig(max_retries=0),
    )
    return RuntimeConfig(global_=GlobalConfig(), models=(model,))


async def main(dead: str, cluster: dict[str, Any]) -> None:
    settings = ClusterConfig(**cluster)
    if settings.link == "inside":
        import_module("ray").init(address=settings.address, log_to_driver=False)
    await Peer(Path(dead), settings).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
