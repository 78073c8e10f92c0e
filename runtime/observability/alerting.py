"""Alerts beside a fleet: starts their actor, and brings it what it looks at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from ...actors.alerting.actor import AlertActor
from ...actors.alerting.memory import AlertMemory, Row
from ...actors.alerting.messages import (
    AdoptAlerts,
    FiguresTaken,
    Heard,
    SayAlerts,
    SiblingHeard,
    SpeakerChanged,
)
from ...actors.alerting.notification import DeliveryRecord
from ...actors.alerting.rendering import recalled
from ...actors.alerting.state import AlertingState
from ...actors.engine.reference import AnyRef
from ...actors.events import AlertRaised, AlertResolved, Event, ModelAdded, ModelRemoved
from ...actors.policies.alerting.rules import rules_of
from ...actors.policies.health.alerts import Alert
from ...config.settings.observability.alert_metrics import LONGEST_WINDOW
from ...config.settings.observability.alerts import AlertsConfig
from ...config.settings.observability.channels import LogChannelConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from .channels.delivery import Delivery
from .channels.making import make_channels
from .event_bus import EventBus
from .own_numbers import OwnNumbers
from .watching import Watched

log: logging.Logger = logging.getLogger(__name__)

ACTOR = "alerts"
"""Its name in snapshots."""
HEARD = (AlertRaised, AlertResolved, ModelAdded, ModelRemoved)
PACE = 10.0
"""Seconds between two looks at the books."""


class Alerting:
    """The part that keeps and tells alerts. All of it runs on the fleet's loop."""

    def __init__(self, memory: AlertMemory | None = None) -> None:
        self._given = memory
        self._fleet: Watched
        self._bus: EventBus
        self._delivery: Delivery | None = None
        self._untap: Callable[[], None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._own = OwnNumbers()
        self.ref: AnyRef | None = None
        """The actor of alerts."""

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Begin where a former process ended, if there is a memory of it."""
        self._fleet, self._bus = fleet, bus
        config = fleet.config.global_.alerts
        elsewhere = fleet.share_alerts(self._tells, lambda: self._send(SpeakerChanged()))
        state = AlertingState(config, elsewhere, fleet.alert_siblings)
        fleet.alert_siblings.hear = lambda word: self._send(SiblingHeard(word))
        fleet.alert_siblings.joined = lambda: self._send(SayAlerts())
        bus.leave_alerts_to_a_channel(_is_logged(config))
        channels = make_channels(config.channels)
        loop = asyncio.get_running_loop()
        if self._memory is not None:
            state.recall(await self._memory.load(), loop.time(), datetime.now(UTC))
            state.rulebook.recall(loop.time(), await self._memory.tasks(LONGEST_WINDOW))
        self._delivery = Delivery(channels, self._heard)
        await self._delivery.start()
        for notification in recalled(state, loop.time(), datetime.now(UTC)):
            self._delivery.recall(notification)
        make = partial(AlertActor, state, bus.publish, self._delivery.deliver, self._remember)
        self.ref = fleet.supervise(ACTOR, make)
        fleet.count_alerts_by(state.counts)
        self._untap = bus.tap(self._happened, HEARD, _nothing)
        for alert in fleet.alerts():
            self._send(_raised(alert, loop.time()))
        # What comes from now on counts, in the first seconds too.
        self._send(FiguresTaken(fleet.figures()))
        self._looking = loop.create_task(self._look(), name="alerts")

    async def adopt(self, config: RuntimeConfig) -> None:
        """Go on by other settings."""
        alerts = config.global_.alerts
        if self._delivery is not None:
            await self._delivery.adopt(make_channels(alerts.channels))
        self._bus.leave_alerts_to_a_channel(_is_logged(alerts))
        self._send(AdoptAlerts(alerts))

    async def stop(self, limit: float) -> None:
        """End; the actor has ended with the fleet."""
        if self._looking is not None:
            self._looking.cancel()
        if self._untap is not None:
            self._untap()
            self._bus.leave_alerts_to_a_channel(False)
        if self._delivery is not None:
            await self._delivery.stop(limit)

    @property
    def _memory(self) -> AlertMemory | None:
        """What was given, or the history where there is one."""
        return self._given or self._bus.memory

    def _tells(self) -> bool:
        """Whether people are told of alerts here."""
        return self.ref is not None and bool(self._fleet.config.global_.alerts.channels)

    def _heard(self, record: DeliveryRecord) -> None:
        """What became of a notification."""
        self._send(Heard(record))

    def _happened(self, event: Event) -> None:
        if not getattr(event, "rule", None):
            self._send(event)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + PACE, loop.time())
            await asyncio.sleep(due - loop.time())
            try:
                rules = rules_of(self._fleet.config.global_.alerts)
                own = await self._own.ask(one for one in rules if one.function is not None)
                self._send(FiguresTaken(await self._fleet.taken(), own))
            except Exception:
                told = log_event("alerting.failed", of="figures")
                log.exception("the books of the fleet could not be read for alerts", extra=told)

    def _send(self, message: object) -> None:
        if self.ref is not None and not self.ref.is_dead():
            self.ref.send(message)

    def _remember(self, row: Row) -> None:
        memory = self._memory
        if memory is not None:
            try:
                memory.save(row)
            except Exception:
                told = log_event("alerting.failed", of="memory")
                log.exception("an alert was not written down", extra=told)


def _is_logged(config: AlertsConfig) -> bool:
    return any(isinstance(channel, LogChannelConfig) for channel in config.channels)


def _raised(alert: Alert, now: float) -> AlertRaised:
    return AlertRaised(
        at=datetime.now(UTC),
        condition=alert.condition,
        severity=alert.severity,
        model_id=alert.model_id,
        message=alert.message,
        since=datetime.now(UTC) - timedelta(seconds=now - alert.since),
    )


def _nothing() -> None:
    return None
