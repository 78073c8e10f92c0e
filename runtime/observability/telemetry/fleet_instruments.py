"""The families of `/metrics` as observable instruments: read when an exporter asks."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ....actors.policies.metrics.figures import FleetFigures
from ....config.settings.runtime import RuntimeConfig
from ..metrics.families import FAMILIES, Family, Kind
from ..metrics.measured import Measured, measured
from ..metrics.samples import Buckets

if TYPE_CHECKING:
    from ..event_bus import EventBus
    from ..watching import Watched

_FRESH = 5.0
"""Seconds that a collection may take."""
_PATIENCE = 2.0
"""Seconds that an exporter's thread waits for the loop."""


class _Shown:
    """The runtime that the instruments of a meter show."""

    def __init__(self, instruments: FleetInstruments) -> None:
        self.instruments = instruments


_SHOWN: WeakKeyDictionary[Meter, _Shown] = WeakKeyDictionary()
"""An SDK reads the first instrument of a name alone: so a meter has one set, for all runtimes."""


class FleetInstruments:
    """A `Part`: from its start its callbacks have the figures, after its end the last ones.

    Counters and gauges alone: an observable instrument has no buckets. Their names are those of the
    families without `_total`, which an exporter to Prometheus adds. Of several runtimes with one
    meter they show the one that has started last.
    """

    def __init__(self, meter: Meter, version: str) -> None:
        self._versions = version, platform.python_version()
        self._fleet: Watched | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known: dict[str, Measured] = {}
        self._known_at = 0.0
        self._told: set[str] = set()
        """The families that were asked for since the last look."""
        self._meter = meter
        if meter not in _SHOWN:
            _SHOWN[meter] = shown = _Shown(self)
            for family in FAMILIES.values():
                if family.kind is not Kind.HISTOGRAM:
                    _offer(meter, family, shown)

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Begin, on the fleet's loop."""
        _SHOWN[self._meter].instruments = self
        self._loop, self._fleet = asyncio.get_running_loop(), fleet

    async def adopt(self, config: RuntimeConfig) -> None:
        """Nothing here goes by settings."""

    async def stop(self, limit: float) -> None:
        """Keep the last figures for the exporter's last word."""
        fleet, self._fleet = self._fleet, None
        if fleet is not None:
            self._keep(fleet.figures())

    def measured(self, name: str) -> Measured | None:
        """One family. From any thread, which may wait.

        All families of a collection are of one moment: an SDK asks once for each.
        """
        if name in self._told or time.monotonic() >= self._known_at + _FRESH:
            self._told.clear()
            self._look()
        self._told.add(name)
        return self._known.get(name)

    def _look(self) -> None:
        fleet, loop = self._fleet, self._loop
        if fleet is None or loop is None:
            return
        if _runs_here(loop):
            self._keep(fleet.figures())
            return
        work = fleet.taken()
        try:
            arrived = asyncio.run_coroutine_threadsafe(work, loop)
        except RuntimeError:  # the loop is closed
            work.close()
            return
        try:
            self._keep(arrived.result(_PATIENCE))
        except (CancelledError, TimeoutError):  # the loop ends, or stands
            arrived.cancel()

    def _keep(self, figures: FleetFigures) -> None:
        found = measured(figures, self._versions)
        self._known = {one.family.name: one for one in found}
        self._known_at = time.monotonic()


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _offer(meter: Meter, family: Family, shown: _Shown) -> None:
    grows = family.kind is Kind.COUNTER
    make = meter.create_observable_counter if grows else meter.create_observable_gauge
    make(family.name.removesuffix("_total"), [_callback(family, shown)], "", family.about)


def _callback(family: Family, shown: _Shown) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observed(_: CallbackOptions) -> Iterator[Observation]:
        found = shown.instruments.measured(family.name)
        for labels, value in () if found is None else found.samples:
            assert not isinstance(value, Buckets)
            yield Observation(value, dict(zip(family.labels, labels, strict=True)))

    return observed
