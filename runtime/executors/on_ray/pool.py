"""The replicas of one model: which of them takes a call, and when a dead replica is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from ...cluster.place import ray_module
from ..replicas.spec import ReplicaSpec
from .replica import Replica

_AT_ONCE = 1_000
"""Calls that a replica takes; the model's bulkhead says how many there are."""

LONGEST_ABSENCE = 10.0
"""Seconds that a call waits for a replica while none is there, once Ray has said why."""

_FIRST_LOOK, _LAST_LOOK = 0.1, 3.0
"""Seconds between two looks at a replica that has died; each look doubles them."""


class AbsentError(Exception):
    """No replica has come back in time."""


class DiedError(Exception):
    """A replica has died under a call; the first call to find that out says so, and no other."""


class Replicas:
    """The Ray actors of one model, and how many calls each has."""

    def __init__(self, spec: ReplicaSpec) -> None:
        self._spec = spec
        self._handles = [self._made() for _ in range(spec.replicas)]
        self._calls = [0] * spec.replicas
        self._down: set[int] = set()
        self._changed = asyncio.Event()
        self._why = ""
        self._looking: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Look for all of them. One for which the cluster has no room gets no call."""
        for place in range(len(self._handles)):
            self._miss(place)

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[Any, None]:
        """The replica with the fewest calls, of those that are there, for one call.

        Raises `AbsentError` where none comes back, and `DiedError` once a replica.
        """
        place = await self._found()
        self._calls[place] += 1
        try:
            yield self._handles[place]
        except ray_module().exceptions.RayActorError as error:
            if place not in self._down:
                self._why = told(error)
                self._miss(place)
                raise DiedError(self._why) from error
            raise
        finally:
            self._calls[place] -= 1

    async def _found(self) -> int:
        while len(self._down) == len(self._handles):
            try:
                async with asyncio.timeout(LONGEST_ABSENCE if self._why else None):
                    await self._changed.wait()
            except TimeoutError:
                raise AbsentError(f"no replica has come back: {self._why}") from None
        there = [place for place in range(len(self._handles)) if place not in self._down]
        return min(there, key=self._calls.__getitem__)

    def _miss(self, place: int) -> None:
        """It gets no call until it is back: else it would get all, as the one with the fewest."""
        self._down.add(place)
        task = asyncio.create_task(self._look_for(place))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _look_for(self, place: int) -> None:
        """Ray starts it again, unless it could not be made or was killed for good."""
        errors, pause = ray_module().exceptions, _FIRST_LOOK
        while True:
            try:
                await self._handles[place].__ray_ready__.remote()
                break
            except errors.RayError as error:
                is_new, self._why = not self._why, told(error)
                if is_new:  # calls that wait for the first one wait no longer than that allows
                    self._tell()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LAST_LOOK)
                if isinstance(error, errors.ActorDiedError):
                    self._handles[place] = self._made()
        self._down.discard(place)
        self._tell()

    def _tell(self) -> None:
        """Let the calls that wait look again."""
        self._changed.set()
        self._changed.clear()

    def _made(self) -> Any:
        spec = self._spec
        options = {
            "num_cpus": spec.num_cpus,
            "num_gpus": spec.num_gpus,
            "resources": spec.resources,
            "max_restarts": -1,
            "max_task_retries": 0,
            "max_concurrency": _AT_ONCE,
        }
        return ray_module().remote(Replica).options(**options).remote(spec.parcel)


def told(error: BaseException) -> str:
    """What an error says, in one line; Ray's have many."""
    return " ".join(str(error).split()) or type(error).__name__
