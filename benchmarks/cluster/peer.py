"""One process of an application in a cluster, which does as its input says.

    python -m benchmarks.cluster.peer ADDRESS

Without an address (`-`) it is in no cluster. Each line of the input gets a line of JSON:

- `load SECONDS`: so many calls of 20 ms in flight at once; how many a second have ended
- `idle SECONDS`: nothing; the CPU time of the process and of its link, as shares of a core
- `trip`: open the breaker; when
- `reset`: close it

A line comes by itself where the breaker opens or closes, with the time of that.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import BulkheadConfig, ClusterConfig
from hive_resilience.events import CircuitChanged

IN_FLIGHT = 20
DELAY = 0.02
MOST_PEERS = 4
_TICKS = os.sysconf("SC_CLK_TCK")
_TASK = Task("prompt")


async def answer(_task: object) -> str:
    """After 20 ms."""
    await asyncio.sleep(DELAY)
    return "answer"


def a_runtime(address: str) -> Runtime:
    """With one model, that has a place for each call of all processes."""
    bulkhead = BulkheadConfig(max_concurrent=2 * MOST_PEERS * IN_FLIGHT)
    model = ModelConfig(id="model", executor=answer, bulkhead=bulkhead)
    cluster = ClusterConfig(address=address, name="bench", join_timeout=30.0)
    return Runtime(models=[model], cluster=None if address == "-" else cluster)


class Peer:
    """Does what its input says."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def do(self, what: str, *seconds: str) -> dict[str, object]:
        """One line of the input."""
        verbs: dict[str, Callable[..., Awaitable[dict[str, object]]]] = {
            "load": self._load,
            "idle": self._idle,
            "trip": self._trip,
            "reset": self._reset,
        }
        return await verbs[what](*map(float, seconds))

    async def _load(self, seconds: float) -> dict[str, object]:
        ended = 0
        until = time.monotonic() + seconds

        async def caller() -> None:
            nonlocal ended
            while time.monotonic() < until:
                (await self._runtime.execute(_TASK)).unwrap()
                ended += 1

        cpu, began = time.process_time(), time.monotonic()
        await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
        took = time.monotonic() - began
        return {"per_second": ended / took, "cpu": (time.process_time() - cpu) / ended}

    async def _idle(self, seconds: float) -> dict[str, object]:
        links = _children()
        cpu, of_link, began = time.process_time(), sum(map(_cpu_of, links)), time.monotonic()
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        own, link = time.process_time() - cpu, sum(map(_cpu_of, links)) - of_link
        return {"own": own / took, "link": link / took}

    async def _trip(self) -> dict[str, object]:
        at = time.time()
        self._runtime.model("model").trip("a benchmark")
        return {"at": at}

    async def _reset(self) -> dict[str, object]:
        self._runtime.model("model").reset()
        return {}


def _children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
    return [int(child) for child in listed.split()]


def _cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def say(**what: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _moved(event: CircuitChanged) -> None:
    say(moved=event.after, at=event.at.timestamp())


async def main(address: str) -> None:
    """Live until the input ends."""
    loop, orders = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    async with a_runtime(address) as runtime:
        runtime.subscribe(_moved, CircuitChanged)
        peer = Peer(runtime)
        say(ready=True)
        while line := await orders.readline():
            say(**await peer.do(*line.decode().split()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
