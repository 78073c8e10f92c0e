"""The families of `/metrics` as observable instruments: read when an exporter asks."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ....actors.policies.metrics.figures import FleetFigures
from ....config.settings.runtime import RuntimeConfig
from ..metrics.families import FAMILIES, Family, Kind
from ..metrics.measured import Buckets, Measured, measured

if TYPE_CHECKING:
    from ..event_bus import EventBus
    from ..watching import Watched

_FRESH = 0.02
"""Seconds in which the same figures serve all instruments."""
_PATIENCE = 2.0
"""Seconds that an exporter's thread waits for the loop."""


class FleetInstruments:
    """A `Part`: from its start its callbacks have the figures, after its end the last ones.

    Counters and gauges alone: an observable instrument has no buckets. Their names are those of the
    families without `_total`, which an exporter to Prometheus adds.
    """

    def __init__(self, meter: Meter, version: str) -> None:
        self._versions = version, platform.python_version()
        self._fleet: Watched | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known: dict[str, Measured] = {}
        self._known_at = 0.0
        for family in FAMILIES.values():
            if family.kind is not Kind.HISTOGRAM:
                self._offer(meter, family)

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Begin, on the fleet's loop."""
        self._loop, self._fleet = asyncio.get_running_loop(), fleet

    async def adopt(self, config: RuntimeConfig) -> None:
        """Nothing here goes by settings."""

    async def stop(self, limit: float) -> None:
        """Keep the last figures for the exporter's last word."""
        fleet, self._fleet = self._fleet, None
        if fleet is not None:
            self._keep(fleet.figures())

    def _offer(self, meter: Meter, family: Family) -> None:
        grows = family.kind is Kind.COUNTER
        make = meter.create_observable_counter if grows else meter.create_observable_gauge
        make(family.name.removesuffix("_total"), [self._callback(family)], "", family.about)

    def _callback(self, family: Family) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observed(_: CallbackOptions) -> Iterator[Observation]:
            found = self._measured().get(family.name)
            for labels, value in () if found is None else found.samples:
                assert not isinstance(value, Buckets)
                yield Observation(value, dict(zip(family.labels, labels, strict=True)))

        return observed

    def _measured(self) -> dict[str, Measured]:
        fleet, loop = self._fleet, self._loop
        if fleet is None or loop is None or time.monotonic() < self._known_at + _FRESH:
            return self._known
        if _runs_here(loop):
            return self._keep(fleet.figures())
        arrived: Future[FleetFigures] = Future()
        try:
            loop.call_soon_threadsafe(_tell, fleet, arrived)
            return self._keep(arrived.result(_PATIENCE))
        except (RuntimeError, TimeoutError):  # the loop is closed, or stands
            return self._known

    def _keep(self, figures: FleetFigures) -> dict[str, Measured]:
        found = measured(figures, self._versions)
        self._known = {one.family.name: one for one in found}
        self._known_at = time.monotonic()
        return self._known


def _tell(fleet: Watched, arrived: Future[FleetFigures]) -> None:
    try:
        arrived.set_result(fleet.figures())
    except Exception as error:
        arrived.set_exception(error)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
