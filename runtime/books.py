"""The books of a fleet, for what looks at it from outside: from any thread, and on any loop."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from ..actors.policies.metrics.figures import FleetFigures
from ..actors.policies.metrics.sketch import LatencySketch
from .fleet.figures import fleet_figures, reading
from .fleet.fleet import Fleet
from .observability.slices import Steps, in_slices
from .portal.portal import PATIENCE, Portal, arrived

T = TypeVar("T")


class Books(NamedTuple):
    """What a fleet has counted, and the way to its loop."""

    portal: Portal
    fleet: Fleet

    def read(self) -> FleetFigures:
        """At this moment on the loop; for another thread, which waits, a few models at a time."""
        if self.portal.is_here():
            return fleet_figures(self.fleet)
        return self.portal.send(in_slices(reading(self.fleet))).result(PATIENCE)

    def recent(self) -> dict[str, LatencySketch]:
        """How long the calls of each model took in the last minutes."""
        fleet = self.fleet

        def read() -> dict[str, LatencySketch]:
            now, members = fleet.engine.now(), fleet.members
            return {id: one.state.metrics.recent_latency(now) for id, one in members.items()}

        return self.portal.do(read)

    def sketches_of(self, model_id: str) -> dict[str, LatencySketch]:
        """What a snapshot of the model has percentiles of, by the same names; on the loop.

        Raises `KeyError`.
        """
        metrics, now = self.fleet.members[model_id].state.metrics, self.fleet.engine.now()
        every = metrics.durations()
        every.merge(metrics.other_durations())
        return {
            "latency": metrics.durations(),
            "recent_latency": metrics.recent_latency(now),
            "latency_all": every,
            "first_chunk": metrics.first_content_times(),
            "chunks_per_second": metrics.chunk_rates or LatencySketch(),
        }

    async def sketches(self) -> dict[str, dict[str, LatencySketch]]:
        """`sketches_of` all models, one at a time, so that no task waits behind the look."""
        return await self._aside(self._all_sketches())

    async def read_in_slices(self) -> FleetFigures:
        """A few models at a time, so that no task waits behind the look."""
        return await self._aside(reading(self.fleet))

    def _all_sketches(self) -> Steps[dict[str, dict[str, LatencySketch]]]:
        found: dict[str, dict[str, LatencySketch]] = {}
        for model_id in tuple(self.fleet.members):
            if model_id in self.fleet.members:
                found[model_id] = self.sketches_of(model_id)
                yield
        return found

    async def _aside(self, steps: Steps[T]) -> T:
        work = in_slices(steps)
        if self.portal.is_running_here():
            return await work
        return await arrived(self.portal.send(work))
