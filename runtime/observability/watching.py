"""What runs beside a fleet and looks at it: history, alerts, telemetry. Off, none of it runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeAlias, TypeVar

from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from .event_bus import EventBus
from .watched import Part as Part
from .watched import Watched as Watched

log = logging.getLogger(__name__)

P = TypeVar("P")


Maker: TypeAlias = Callable[[RuntimeConfig], Part | None]
"""Makes a part where the settings ask for it; it imports what the part needs only then."""


class Watching:
    """The parts of one runtime, started in their order and stopped in the reverse."""

    def __init__(self, makers: tuple[Maker, ...]) -> None:
        self._makers = makers
        self._parts: dict[object, Part] = {}
        """Each by its maker, or by itself."""
        self._beside: tuple[Watched, EventBus] | None = None
        self.began = 0.0
        """When the fleet started, in wall-clock seconds."""

    async def start(self, fleet: Watched, bus: EventBus, others: Iterable[Part] = ()) -> None:
        """Start the parts that the settings ask for; a part that fails ends the start."""
        self._beside = fleet, bus
        self.began = time.time()
        for maker in self._makers:
            await self._start(maker, maker(fleet.config))
        for part in others:
            await self._start(part, part)

    def part(self, kind: type[P]) -> P | None:
        """The part of this class, where it runs."""
        return next((part for part in self._parts.values() if isinstance(part, kind)), None)

    async def adopt(self, config: RuntimeConfig) -> None:
        """Tell every part of other settings, and start those that they ask for.

        What a part cannot use stands in the log: the settings hold for the fleet already.
        """
        if self._beside is None:
            return
        for maker in self._makers:
            if maker not in self._parts:
                await self._told(self._start(maker, maker(config)))
        for part in tuple(self._parts.values()):
            await self._told(part.adopt(config))

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            told = "a part beside the fleet does not take its settings"
            log.exception(told, extra=log_event("part.not_adopted"))

    async def stop(self, limit: float) -> None:
        """Stop every part; a part that fails keeps no other from its end."""
        self._beside = None
        while self._parts:
            _, part = self._parts.popitem()
            try:
                await part.stop(limit)
            except Exception:
                log.exception(
                    "%s did not end well",
                    type(part).__name__,
                    extra=log_event("part.not_ended", part=type(part).__name__),
                )

    async def _start(self, key: object, part: Part | None) -> None:
        if part is None or self._beside is None:
            return
        try:
            await part.start(*self._beside)
        except BaseException:
            await part.stop(0.0)
            raise
        self._parts[key] = part
