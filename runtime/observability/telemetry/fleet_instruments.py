"""The books of the fleet as observable instruments: read when an exporter asks, counted nowhere."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ....actors.policies.metrics.figures import FleetFigures, ModelFigures
from ....config.settings.runtime import RuntimeConfig

if TYPE_CHECKING:
    from ..event_bus import EventBus
    from ..watching import Watched

_FRESH = 0.02
"""Seconds in which the same figures serve all instruments."""
_PATIENCE = 2.0
"""Seconds that an exporter's thread waits for the loop."""

Labels: TypeAlias = tuple[tuple[str, str], ...]
Read: TypeAlias = Callable[[FleetFigures], Iterable[tuple[Labels, float]]]


class Family(NamedTuple):
    """One instrument; its name is that of the family of `/metrics`, without `_total`."""

    name: str
    told: str
    grows: bool
    read: Read
    unit: str = ""


class FleetInstruments:
    """A `Part`: from its start its callbacks have the figures, after its end the last ones."""

    def __init__(self, meter: Meter) -> None:
        self._fleet: Watched | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known: FleetFigures | None = None
        self._known_at = 0.0
        for family in FAMILIES:
            make = (
                meter.create_observable_counter if family.grows else meter.create_observable_gauge
            )
            make(family.name, [self._callback(family)], family.unit, family.told)

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Begin, on the fleet's loop."""
        self._loop, self._fleet = asyncio.get_running_loop(), fleet

    async def adopt(self, config: RuntimeConfig) -> None:
        """Nothing here goes by settings."""

    async def stop(self, limit: float) -> None:
        """Keep the last figures for the exporter's last word."""
        fleet, self._fleet = self._fleet, None
        if fleet is not None:
            self._known = fleet.figures()

    def _callback(self, family: Family) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observed(_: CallbackOptions) -> Iterator[Observation]:
            figures = self._figures()
            if figures is None:
                return
            found: Counter[Labels] = Counter()
            for labels, value in family.read(figures):
                found[labels] += value  # type: ignore[assignment]  # a count may be a fraction
            for labels, value in found.items():
                yield Observation(value, dict(labels))

        return observed

    def _figures(self) -> FleetFigures | None:
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

    def _keep(self, figures: FleetFigures) -> FleetFigures:
        self._known, self._known_at = figures, time.monotonic()
        return figures


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


def _models(figures: FleetFigures) -> Iterator[ModelFigures]:
    yield from figures.models
    if figures.gone is not None:
        yield figures.gone


def _model(model: ModelFigures) -> tuple[str, str]:
    return "model", model.label or model.model_id


def _by_model(
    name: str, counts: Callable[[ModelFigures], Mapping[str, int]]
) -> Callable[[FleetFigures], Iterator[tuple[Labels, float]]]:
    """A reader of counts by model and by one more label."""

    def read(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
        for model in _models(figures):
            for value, count in counts(model).items():
                yield (_model(model), (name, value)), count

    return read


def _attempts(model: ModelFigures) -> Mapping[str, int]:
    return {
        "success": model.successes,
        "failure": model.failures,
        "timeout": model.timeouts,
        "cancelled": model.cancelled,
    }


def _tokens(model: ModelFigures) -> Mapping[str, int]:
    return {"input": model.tokens.input, "output": model.tokens.output}


def _tasks(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
    tasks = figures.tasks
    for outcome, count in (
        ("success", tasks.succeeded),
        ("failure", tasks.failed),
        ("refused", tasks.refused),
        ("cancelled", tasks.cancelled),
    ):
        yield (("outcome", outcome),), count


def _fallbacks(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
    for (meant, answered), count in figures.tasks.fallbacks.items():
        yield (("from", meant), ("to", answered)), count


def _in_flight(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
    yield (), figures.tasks.in_flight


def _waiting(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
    yield (), figures.tasks.waiting


def _retries(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
    for model in _models(figures):
        yield (_model(model),), model.retries


def _under_way(figures: FleetFigures) -> Iterator[tuple[Labels, float]]:
    for model in figures.models:
        yield (_model(model),), model.under_way


FAMILIES = (
    Family("hive_tasks", "Tasks by their outcome.", True, _tasks),
    Family(
        "hive_tasks_in_flight",
        "Tasks under way.",
        False,
        _in_flight,
    ),
    Family(
        "hive_tasks_waiting",
        "Tasks that wait for their turn or for a place.",
        False,
        _waiting,
    ),
    Family(
        "hive_attempts",
        "Attempts by model and outcome.",
        True,
        _by_model("outcome", _attempts),
    ),
    Family(
        "hive_faults",
        "Failures by model and kind.",
        True,
        _by_model("fault", lambda model: model.faults),
    ),
    Family(
        "hive_retries",
        "Attempts that repeat one at the same model.",
        True,
        _retries,
    ),
    Family("hive_fallbacks", "Answers of another model than the one meant.", True, _fallbacks),
    Family(
        "hive_tokens",
        "Tokens by model and direction.",
        True,
        _by_model("direction", _tokens),
        "{token}",
    ),
    Family(
        "hive_calls_under_way",
        "Calls of a model at this moment.",
        False,
        _under_way,
    ),
)
"""What there is beside `/metrics`: counters and gauges; no durations."""
