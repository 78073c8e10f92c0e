"""What runs beside a fleet, and the fleet as it sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ...actors.alerting.siblings import AlertSiblings
from ...actors.engine.actor import Actor
from ...actors.engine.reference import AnyRef
from ...actors.policies.cluster.speakers import Elsewhere
from ...actors.policies.health.alerts import Alert
from ...actors.policies.metrics.figures import FleetFigures, ModelFigures, TaskFigures
from ...actors.policies.metrics.sketch import LatencySketch
from ...config.settings.runtime import RuntimeConfig
from .event_bus import EventBus


@dataclass(slots=True)
class FleetAlerting:
    """What a fleet and the part that keeps alerts know of each other, whichever starts first."""

    active: Callable[[], Mapping[tuple[str, str], int]] | None = None
    """How many alerts hold, by condition and severity; None: the part does not run."""
    siblings: AlertSiblings = field(default_factory=AlertSiblings)
    """Other processes that serve together with this one."""


class Watched(Protocol):
    """The fleet as the parts see it; all of it on the fleet's loop."""

    @property
    def config(self) -> RuntimeConfig:
        """The settings that hold now."""
        ...

    def figures(self) -> FleetFigures:
        """The books of this moment: copies, made by no actor."""
        ...

    async def taken(self) -> FleetFigures:
        """As `figures`, a few models at a time, so that no task waits behind the look."""
        ...

    def alerts(self) -> tuple[Alert, ...]:
        """What models and router have raised and not resolved."""
        ...

    def count_alerts_by(self, active: Callable[[], Mapping[tuple[str, str], int]] | None) -> None:
        """`active` says from now on how many alerts hold, by condition and severity."""
        ...

    @property
    def alert_siblings(self) -> AlertSiblings:
        """The processes that serve together with this one."""
        ...

    def share_alerts(self, tells: Callable[[], bool], changed: Callable[[], None]) -> Elsewhere:
        """Take part in telling the alerts of a cluster; what comes back says what others tell.

        `tells`: whether people are told here. `changed` is called when that may be another process.
        """
        ...

    def supervise(self, name: str, make: Callable[[], Actor]) -> AnyRef:
        """Start an actor below the root, which brings it back after every crash."""
        ...

    def model_ids(self) -> list[str]:
        """The models that there are."""
        ...

    def activity(self, model_ids: Iterable[str]) -> list[int]:
        """A number for each of these models that differs once it has done something. Cheap."""
        ...

    def models(self, model_ids: Iterable[str]) -> list[ModelFigures]:
        """The books of these models alone, as far as they are there."""
        ...

    def tasks(self) -> TaskFigures:
        """The books of the tasks alone; `direct_durations` has a part of their durations."""
        ...

    def direct_durations(self, model_ids: Iterable[str]) -> LatencySketch:
        """Durations of the tasks that the first attempt at one of these models has answered."""
        ...


class Part(Protocol):
    """One of the things that look at a fleet."""

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Begin, on the fleet's loop. Raises `ConfigurationError` for what cannot work."""
        ...

    async def adopt(self, config: RuntimeConfig) -> None:
        """Go on with other settings."""
        ...

    async def stop(self, limit: float) -> None:
        """Write what waits and end, in at most `limit` seconds."""
        ...
