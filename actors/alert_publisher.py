"""Tells subscribers which alerts an actor has raised and resolved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Protocol

from .events import AlertRaised, AlertResolved, Publish
from .fleet_messages import AlertsDue
from .policies.alerting.identity import fingerprint
from .policies.health.alerts import Alerts, Raised

if TYPE_CHECKING:
    from .engine.reference import AnyRef


class HasAlerts(Protocol):
    """The state of an actor that raises alerts; it outlives the actor."""

    alerts: Alerts
    alert_timer: asyncio.TimerHandle | None


class AlertPublisher:
    """Publishes what an actor's `Alerts` have to say, and wakes it for what they hold back."""

    __slots__ = ("_publish", "_ref", "_silent", "_state")

    def __init__(self, state: HasAlerts, ref: AnyRef, publish: Publish) -> None:
        self._state = state
        self._ref = ref
        self._publish = publish
        self._silent = False

    def tell(self, now: float) -> None:
        """Publish the news, and set the clock for the next."""
        alerts = self._state.alerts
        for news in alerts.drain():
            alert = news.alert
            self._publish(
                AlertRaised if isinstance(news, Raised) else AlertResolved,
                condition=alert.condition,
                severity=alert.severity,
                model_id=alert.model_id,
                message=alert.message,
                since=datetime.now(UTC) - timedelta(seconds=now - alert.since),
                fingerprint=fingerprint(alert.condition, alert.model_id, None),
            )
        self._wake_at(alerts.next_at, now)

    def due(self, now: float) -> None:
        """The clock rang."""
        self._state.alerts.due(now)
        self.tell(now)

    def silence(self) -> None:
        """The actor stops: no more waking, also not by messages that still wait for it."""
        self._wake_at(inf, 0.0)
        self._silent = True

    def _wake_at(self, point: float, now: float) -> None:
        state = self._state
        if state.alert_timer is not None:
            state.alert_timer.cancel()
            state.alert_timer = None
        if point < inf and not self._silent:
            wait = max(0.0, point - now)
            state.alert_timer = self._ref.after(wait, AlertsDue())
