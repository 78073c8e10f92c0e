"""Rows of the audit for what was asked for and refused: a few a minute, however many come."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ....actors.events import ActionTaken
from ....config.values.log_fields import log_event
from ...observability.event_bus import EventBus

log = logging.getLogger(__name__)

A_MINUTE = 20
"""Rows within a minute at most: a stranger must not fill the audit of 400 days."""
_MINUTE = 60.0


class Refusals:
    """Notes what a visitor was not allowed to do. `clock` gives monotonic seconds."""

    def __init__(self, bus: EventBus, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._begun = clock()
        self._count = 0

    def note(self, verb: str, by: str, why: str) -> None:
        """A row, an event and a line in the log; above the limit nothing but a count."""
        now = self._clock()
        if now - self._begun >= _MINUTE:
            self._end(now)
        self._count += 1
        if self._count > A_MINUTE:
            return
        self._bus.publish(
            ActionTaken,
            action=verb,
            target=None,
            by=by,
            reason=f"refused: {why}",
            before=None,
            after=None,
            automatic=False,
        )

    def _end(self, now: float) -> None:
        more = self._count - A_MINUTE
        if more > 0:
            fields = log_event("dashboard.refusals_not_kept", count=more)
            log.warning("dashboard: %s more refusals have no row in the audit", more, extra=fields)
        self._begun, self._count = now, 0
