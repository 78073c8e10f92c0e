"""Alerts as events of PagerDuty, Events API v2: one incident for each alert."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from .....actors.alerting.notification import AlertView, DeliveryError, Notification
from .....config.settings.observability.channels import PagerDutyChannelConfig
from .....config.values.secrets import is_url
from ..base import ConfiguredChannel
from ..secret import Hidden, Secret
from ..wording import one_line, subject_of
from .alert_form import written
from .post import HttpPost, check_extra

LONGEST_KEY = 255
LONGEST_SUMMARY = 1_024
_KEY_LENGTH = 32
_REMEMBERED = 100


class PagerDutyChannel(ConfiguredChannel[PagerDutyChannelConfig]):
    """Triggers, acknowledges and resolves."""

    def __init__(self, settings: PagerDutyChannelConfig) -> None:
        super().__init__(settings)
        check_extra(self.name)
        self._key = Secret("the key", settings.routing_key_env, settings.routing_key_file)
        self.places: tuple[Secret] = (self._key,)
        self._http = HttpPost()
        self._sent: OrderedDict[str, set[str]] = OrderedDict()
        """The alerts of a notification that have gone: the next try goes on behind them."""

    async def send(self, notification: Notification) -> None:
        """Send an event for each of its alerts. Raises `DeliveryError`."""
        key = self._key.needed()
        if len(key) != _KEY_LENGTH:
            raise DeliveryError(f"the key is none: it has {_KEY_LENGTH} characters", permanent=True)
        sent = self._sent.setdefault(notification.id, set())
        for alert in notification.alerts:
            if alert.fingerprint not in sent:
                event = event_of(alert, notification, self.settings.source, key)
                await self._http.send(Hidden(self.settings.url), orjson.dumps(event), {})
                sent.add(alert.fingerprint)
        del self._sent[notification.id]
        while len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.close()


def event_of(
    alert: AlertView, notification: Notification, source: str, routing_key: str
) -> dict[str, Any]:
    """The event that says how an alert stands."""
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": _action(alert),
        "dedup_key": dedup_key(source, alert),
    }
    if alert.ended_at is not None:
        return event
    event |= {"client": "hive-resilience", "payload": _payload(alert, notification, source)}
    if alert.runbook is not None and is_url(alert.runbook):
        event["links"] = [{"href": alert.runbook, "text": "What to do"}]
    return event


def dedup_key(source: str, alert: AlertView) -> str:
    """The same for all events about one alert."""
    return f"{source}/{alert.fingerprint}"[:LONGEST_KEY]


def _action(alert: AlertView) -> str:
    if alert.ended_at is not None:
        return "resolve"
    return "trigger" if alert.acknowledged_by is None else "acknowledge"


def _payload(alert: AlertView, notification: Notification, source: str) -> dict[str, Any]:
    details: dict[str, Any] = {**alert.labels, **alert.numbers, "text": one_line(alert.text)}
    if alert.runbook is not None:
        details["runbook"] = one_line(alert.runbook)
    payload = {
        "summary": one_line(f"{subject_of(alert)}: {alert.text}", LONGEST_SUMMARY),
        "source": source,
        "severity": alert.severity.value,
        "timestamp": written(alert.started_at),
        "group": one_line(notification.group, 200),
        "class": one_line(alert.name, 200),
        "custom_details": details,
    }
    if alert.model_id is not None:
        payload["component"] = one_line(alert.model_id, 200)
    return payload
