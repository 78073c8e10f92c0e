"""One process of the application: a runtime in the cluster, under a steady load.

    python -m hive_resilience.runtime.cli.demo.cluster.peer

The first line of its input says what it is to do, as JSON; then come `go` and `stop`. It says on
standard output, as lines of JSON, what becomes of its tasks. It ends once all have a result, or
with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count

from .....actors.cluster.events import ClusterJoined, ClusterLost, OwnerChanged
from .....actors.events import CircuitChanged, Event
from .....actors.result import TaskResult
from .....actors.task import Task
from .....config.settings.distribution.cluster import ClusterConfig
from ....runtime import Runtime
from ..story import was_failover
from .fleet import TASK_TIMEOUT, configuration

_EVERY = 0.2
"""Seconds between two accounts."""
_LOOK = 0.05
_JOIN = 30.0
_LATENESS = 1.0
_PROMPTS = ("Where do the bees fly?", "What does the dance say?", "Tell me about the hive.")


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process does: `urls` of the servers, the cluster to join, tasks a second."""

    urls: dict[str, str]
    address: str
    fleet: str
    rate: float


class Peer:
    """Sends its tasks, and keeps account of them."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._under_way: set[asyncio.Task[TaskResult]] = set()
        self._sent = self._results = self._failovers = 0
        self._answers: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._starts: list[tuple[str, float]] = []
        cluster = ClusterConfig(address=orders.address, name=orders.fleet, join_timeout=_JOIN)
        self._runtime = Runtime(configuration(orders.urls, cluster, self._started))
        # Events carry wall-clock time, which the processes of a machine share as well.
        self._offset = time.monotonic() - time.time()

    async def live(self, orders: asyncio.StreamReader) -> None:
        """Join, and do as the lines of `orders` say."""
        kinds = (CircuitChanged, ClusterJoined, ClusterLost, OwnerChanged)
        self._runtime.subscribe(self._heard, *kinds)
        async with self._runtime:
            await self._has_places()
            say(kind="ready")
            if await orders.readline() != b"go\n":
                return
            telling = asyncio.create_task(self._tell_on())
            sending = asyncio.create_task(self._send())
            await orders.readline()
            sending.cancel()
            await self._wait_for_the_rest()
            telling.cancel()
            self._tell()
            say(kind="done")

    async def _has_places(self) -> None:
        """New owners lend nothing for the time of a share: there may be older ones."""
        while not all(self._places(name) for name in self._orders.urls):
            await asyncio.sleep(_LOOK)

    def _places(self, name: str) -> int:
        cluster = self._runtime.snapshot().cluster
        return 0 if cluster is None or not cluster.joined else cluster.shares[name].places

    # An open loop, which waits for no answer.

    async def _send(self) -> None:
        began = time.monotonic()
        for number in count():
            due = began + number / self._orders.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._sent += 1
            prompt = _PROMPTS[number % len(_PROMPTS)]
            work = self._runtime.execute(Task({"prompt": prompt}))
            task = asyncio.create_task(work)
            self._under_way.add(task)
            task.add_done_callback(self._done)

    async def _wait_for_the_rest(self) -> None:
        """Each task has a result by its own deadline; one without it then is lost."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=TASK_TIMEOUT + _LATENESS)

    def _done(self, task: asyncio.Task[TaskResult]) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None:
            self._failures[f"no result: {error!r}"] += 1
            return
        result = task.result()
        self._results += 1
        if result.model_used is None:
            self._failures[f"{type(result.error).__name__}: {result.error}"] += 1
            return
        self._answers[result.model_used] += 1
        self._failovers += was_failover(result)

    # What it says.

    def _started(self, model: str, at: float) -> None:
        self._starts.append((model, at))

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            self._tell()

    def _tell(self) -> None:
        starts, self._starts = self._starts, []
        say(
            kind="account",
            sent=self._sent,
            results=self._results,
            failovers=self._failovers,
            answers=self._answers,
            failures=self._failures,
            starts=starts,
            **self._standing(),
        )

    def _standing(self) -> dict[str, object]:
        found = self._runtime.snapshot()
        cluster = found.cluster
        assert cluster is not None
        models = {
            name: {
                "breaker": model.breaker.state,
                "in_flight": model.under_way,
                "places": cluster.shares[name].places,
            }
            for name, model in found.models.items()
        }
        return {"joined": cluster.joined, "peers": cluster.peers, "models": models}

    def _heard(self, event: Event) -> None:
        """In a thread of its own."""
        told = _words(event)
        changed = isinstance(event, OwnerChanged)
        at = event.at.timestamp() + self._offset
        say(kind="event", at=at, text=told, owner_changed=changed)


def _words(event: Event) -> str:
    match event:
        case CircuitChanged(_, model, before, after, reason):
            return f"breaker of {model}: {before} -> {after} ({reason})"
        case ClusterJoined(_, _, peers):
            return f"has its shares, as one of {peers}"
        case ClusterLost(_, alone, reason):
            return f"hears of no owner, and goes on with {alone}: {reason}"
        case OwnerChanged():
            return "hears of another owner"
        case _:
            return type(event).__name__


def say(**what: object) -> None:
    """One line of JSON; a line is written as a whole."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Live until the input ends."""
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    first = await orders.readline()
    if first:
        await Peer(Orders(**json.loads(first))).live(orders)


def encoded(orders: Orders) -> bytes:
    """The first line of the input."""
    return json.dumps(asdict(orders)).encode() + b"\n"


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the demonstration has ended
        asyncio.run(main())
