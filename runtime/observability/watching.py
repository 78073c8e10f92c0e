"""What runs beside a fleet and looks at it: history, alerts, telemetry. Off, none of it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias, TypeVar

from ...actors.engine.actor import Actor
from ...actors.engine.reference import AnyRef
from ...actors.policies.health.alerts import Alert
from ...actors.policies.metrics.figures import FleetFigures
from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from .event_bus import EventBus

log = logging.getLogger(__name__)

P = TypeVar("P")


class Watched(Protocol):
    """The fleet as the parts see it; all of it on the fleet's loop."""

    @property
    def config(self) -> RuntimeConfig:
        """The settings that hold now."""
        ...

    def figures(self) -> FleetFigures:
        """The books of this moment: copies, made by no actor."""
        ...

    def alerts(self) -> tuple[Alert, ...]:
        """What models and router have raised and not resolved."""
        ...

    def supervise(self, name: str, make: Callable[[], Actor]) -> AnyRef:
        """Start an actor below the root, which brings it back after every crash."""
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


Maker: TypeAlias = Callable[[RuntimeConfig], Part | None]
"""Makes a part where the settings ask for it; it imports what the part needs only then."""


class Watching:
    """The parts of one runtime, started in their order and stopped in the reverse."""

    def __init__(self, makers: tuple[Maker, ...]) -> None:
        self._makers = makers
        self._parts: list[Part] = []

    async def start(self, fleet: Watched, bus: EventBus, others: Iterable[Part] = ()) -> None:
        """Start the parts that the settings ask for; a part that fails ends the start."""
        for part in (*(maker(fleet.config) for maker in self._makers), *others):
            if part is not None:
                self._parts.append(part)
                await part.start(fleet, bus)

    def part(self, kind: type[P]) -> P | None:
        """The part of this class, where it runs."""
        return next((part for part in self._parts if isinstance(part, kind)), None)

    async def adopt(self, config: RuntimeConfig) -> None:
        """Tell every part of other settings."""
        for part in self._parts:
            await part.adopt(config)

    async def stop(self, limit: float) -> None:
        """Stop every part; a part that fails keeps no other from its end."""
        while self._parts:
            part = self._parts.pop()
            try:
                await part.stop(limit)
            except Exception:
                log.exception(
                    "%s did not end well",
                    type(part).__name__,
                    extra=log_event("part.not_ended", part=type(part).__name__),
                )
