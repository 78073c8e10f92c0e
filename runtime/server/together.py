"""The snapshot of the whole server, whichever worker answers."""

from __future__ import annotations

import asyncio

import orjson

from ..operations import books_of
from ..runtime import Runtime
from .siblings.siblings import Siblings
from .siblings.sketches import SKETCHES, all_written
from .siblings.snapshots import fleet_snapshot
from .siblings.sums import Record
from .siblings.words import SNAPSHOT


class Together:
    """Tells the siblings the snapshot of this worker, and asks them for theirs."""

    def __init__(self, runtime: Runtime, siblings: Siblings) -> None:
        self._runtime = runtime
        self._siblings = siblings
        siblings.on(SNAPSHOT, self._told)

    async def snapshot(self) -> Record:
        """That of all; `workers` says how many of how many it has. Raises `RuntimeClosedError`."""
        own = await self._told(b"")
        others = [one.body for one in await self._siblings.others(SNAPSHOT)]
        told: list[bytes | str] = [own, *others]
        workers = self._siblings.counted(len(told))
        # Beside the loop, for it may be some megabytes.
        found = await asyncio.to_thread(lambda: fleet_snapshot([orjson.loads(one) for one in told]))
        return {**found, "workers": workers}

    async def _told(self, _: bytes) -> bytes:
        snapshot: Record = orjson.loads(self._runtime.snapshot().to_json())
        books = books_of(self._runtime)
        sketches = {} if books is None else await books.sketches()
        told = {model_id: all_written(one) for model_id, one in sketches.items()}
        return orjson.dumps({**snapshot, SKETCHES: told})
