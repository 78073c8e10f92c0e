"""The snapshot of the whole server, whichever worker answers."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import orjson

from ...actors.policies.metrics.figures import ModelFigures
from ...actors.policies.metrics.sketch import LatencySketch
from ..operations import books_of
from ..runtime import Runtime
from .siblings.siblings import Siblings
from .siblings.snapshots import SKETCHES, fleet_snapshot
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
        workers = f"{1 + len(others)} of {max(self._siblings.workers, 1 + len(others))}"
        # Beside the loop, for it may be some megabytes.
        found = await asyncio.to_thread(lambda: fleet_snapshot([orjson.loads(one) for one in told]))
        return {**found, "workers": workers}

    async def _told(self, _: bytes) -> bytes:
        snapshot: Record = orjson.loads(self._runtime.snapshot().to_json())
        books = books_of(self._runtime)
        models = () if books is None else (await books.read_in_slices()).models
        sketches = {one.model_id: _sketches(one) for one in models}
        return orjson.dumps({**snapshot, SKETCHES: sketches})


def _sketches(figures: ModelFigures) -> dict[str, str]:
    every = figures.durations.copy()
    every.merge(figures.other_durations)
    found = {
        "latency": figures.durations,
        "latency_all": every,
        "first_chunk": figures.first_contents,
    }
    return {name: _written(sketch) for name, sketch in found.items()}


def _written(sketch: LatencySketch) -> str:
    return b64encode(sketch.to_bytes()).decode()
