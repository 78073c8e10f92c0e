"""The part `viewers`: what 20 viewers of the dashboard cost, and what they cost the tasks.

Five models take 30 tasks a second. Rounds with and without viewers take turns; the share of a core
is the difference of the CPU time of the server's process in two rounds next to each other. Viewers
read in a process of their own.

`python -m benchmarks.watching.viewers --minutes 10` says how the memory goes with 20 viewers.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median, quantiles
from typing import NamedTuple

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.dashboard.dashboard import Dashboard
from hive_resilience.runtime.server.dashboard.served_door import ServedDoor
from hive_resilience.runtime.server.process.server import Server

from ..measuring.surroundings import load_average
from ..reporting.report import Part, Table, Target
from ..soak.measures import resident

VIEWERS = 20
A_SECOND = 30
_MOST = 0.02
_HEADINGS = ("", "share of a core", "task p50 ms", "task p99 ms", "rounds")


class Round(NamedTuple):
    """One round; `share` is CPU time of the process by wall-clock time, spans are seconds."""

    share: float
    p50: float
    p99: float


class Scene:
    """A server with its dashboard, and tasks for its fleet."""

    def __init__(self, runtime: Runtime, dashboard: Dashboard, port: int) -> None:
        self._runtime = runtime
        self._dashboard = dashboard
        self.port = port
        self._chance = random.Random(7)

    async def round(self, seconds: float) -> Round:
        """Tasks for so long."""
        taken: list[float] = []
        cpu, wall = time.process_time(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            while time.perf_counter() - wall < seconds:
                group.create_task(self._task(taken))
                await asyncio.sleep(self._chance.expovariate(A_SECOND))
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        return Round(share, median(taken), quantiles(taken, n=100, method="inclusive")[-1])

    async def _task(self, taken: list[float]) -> None:
        begun = time.perf_counter()
        result = await self._runtime.execute(Task("hello"))
        taken.append(time.perf_counter() - begun)
        self._dashboard.add(result)


async def measure(quick: bool) -> Part:
    """Rounds in turns."""
    rounds, seconds = (2, 3.0) if quick else (15, 10.0)
    async with _scene() as scene:
        await scene.round(1.0)
        without: list[Round] = []
        watched: list[Round] = []
        for _ in range(rounds):
            without.append(await scene.round(seconds))
            async with _viewers(scene.port):
                watched.append(await scene.round(seconds))
    share = median(w.share - o.share for w, o in zip(watched, without, strict=True))
    added = median(w.p99 - o.p99 for w, o in zip(watched, without, strict=True)) * 1e3
    rows = (_row("no viewer", without), _row(f"{VIEWERS} viewers", watched))
    targets = [
        Target(f"{VIEWERS} viewers: share of a core", share, _MOST),
        Target(f"{VIEWERS} viewers: added p99 of a task", added, 1.0, "ms"),
    ]
    return Part("viewers", [Table("Viewers of the dashboard", _HEADINGS, rows)], targets)


def _row(name: str, rounds: list[Round]) -> tuple[str, float, float, float, int]:
    share, p50, p99 = (median(values) for values in zip(*rounds, strict=True))
    return name, share, p50 * 1e3, p99 * 1e3, len(rounds)


async def _answer(_task: object) -> str:
    await asyncio.sleep(0.05)
    return "answer"


@asynccontextmanager
async def _scene() -> AsyncIterator[Scene]:
    models = tuple(ModelConfig(id=f"model-{number}", executor=_answer) for number in range(5))
    async with Runtime(RuntimeConfig(models=models)) as runtime:
        dashboard = Dashboard(runtime, ServedDoor(None))
        dashboard.start()
        server = Server(Application(runtime, dashboard=dashboard))
        with socket.create_server(("127.0.0.1", 0)) as door:
            await server.start([door])
            try:
                yield Scene(runtime, dashboard, door.getsockname()[1])
            finally:
                dashboard.close()
                await server.drain(0.0)


@asynccontextmanager
async def _viewers(port: int) -> AsyncIterator[None]:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "benchmarks.watching.readers", str(port), str(VIEWERS))
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield
    finally:
        process.stdin.close()
        if await process.wait():
            raise RuntimeError("a viewer was cut")


async def _memory(minutes: float) -> None:
    """Each minute what the process holds; what it grows by after the first third is a leak."""
    async with _scene() as scene, _viewers(scene.port):
        for minute in range(1, round(minutes) + 1):
            found = await scene.round(60.0)
            gc.collect()
            objects = len(gc.get_objects())
            print(
                f"minute {minute}: {resident():.1f} MiB, {objects:,} objects, "
                f"{found.share:.1%} of a core, p99 {found.p99 * 1e3:.1f} ms",
                flush=True,
            )
    print(f"load average at the end: {load_average()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    asyncio.run(_memory(parser.parse_args().minutes))
