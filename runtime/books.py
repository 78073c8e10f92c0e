"""The books of a fleet, for what looks at it from outside: from any thread, and on any loop."""

from __future__ import annotations

from typing import NamedTuple

from ..actors.policies.metrics.figures import FleetFigures
from .fleet.figures import fleet_figures, reading
from .fleet.fleet import Fleet
from .observability.slices import in_slices
from .portal.portal import PATIENCE, Portal, arrived


class Books(NamedTuple):
    """What a fleet has counted, and the way to its loop."""

    portal: Portal
    fleet: Fleet

    def read(self) -> FleetFigures:
        """At this moment on the loop; for another thread, which waits, a few models at a time."""
        if self.portal.is_here():
            return fleet_figures(self.fleet)
        return self.portal.send(in_slices(reading(self.fleet))).result(PATIENCE)

    async def read_in_slices(self) -> FleetFigures:
        """A few models at a time, so that no task waits behind the look."""
        work = in_slices(reading(self.fleet))
        if self.portal.is_running_here():
            return await work
        return await arrived(self.portal.send(work))
