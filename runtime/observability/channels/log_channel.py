"""Alerts as records of the log."""

from __future__ import annotations

import logging

from ....actors.alerting.notification import Notification, NotificationKind
from ....actors.policies.health.alerts import AlertSeverity
from ....config.settings.observability.channels import LogChannelConfig
from ....config.values.log_fields import log_event
from .base import ConfiguredChannel
from .wording import STATES, one_line, title_of

log: logging.Logger = logging.getLogger(__name__)

LEVELS = {
    AlertSeverity.WARNING: logging.WARNING,
    AlertSeverity.ERROR: logging.ERROR,
    AlertSeverity.CRITICAL: logging.CRITICAL,
}


class LogChannel(ConfiguredChannel[LogChannelConfig]):
    """A record for each alert, at the level of its severity; its end is information."""

    async def send(self, notification: Notification) -> None:
        """Log it."""
        if notification.notifications > 1:
            told = log_event("alerts.told", alerts=notification.notifications)
            log.info("alerts: %s", title_of(notification), extra=told)
        for alert in notification.alerts:
            has_ended = alert.ended_at is not None
            level = logging.INFO if has_ended else LEVELS.get(alert.severity, logging.INFO)
            kind = NotificationKind.RESOLVED if has_ended else notification.kind
            log.log(
                level,
                "alert %s: %s model=%s severity=%s fingerprint=%s: %s",
                STATES[kind].lower(),
                one_line(alert.name, 200),
                alert.model_id,
                alert.severity.value,
                alert.fingerprint,
                one_line(alert.text),
                extra=log_event(
                    f"alert.{kind.value}",
                    name=one_line(alert.name, 200),
                    model=alert.model_id,
                    severity=alert.severity.value,
                    fingerprint=alert.fingerprint,
                ),
            )
