"""Alerts as JSON in the form of Alertmanager's webhooks, version 4, signed by Standard Webhooks."""

from __future__ import annotations

import time

import orjson

from .....actors.alerting.notification import AlertView, Notification
from .....config.settings.observability.channels import WebhookChannelConfig
from ..base import ConfiguredChannel
from ..secret import Secret
from .alert_form import NOT_ENDED, Form, annotations_of, label_name, labels_of, written
from .post import HttpPost, check_extra
from .signature import signature_of


class WebhookChannel(ConfiguredChannel[WebhookChannelConfig]):
    """Posts each notification to one URL."""

    def __init__(self, settings: WebhookChannelConfig) -> None:
        super().__init__(settings)
        check_extra(self.name)
        s = settings
        self._url = Secret("the URL", s.url_env, s.url_file, s.url)
        self._secret = Secret("the secret", s.secret_env, s.secret_file)
        self._key = Secret("the authorization", s.authorization_env, s.authorization_file)
        self.places: tuple[Secret, Secret, Secret] = (self._url, self._secret, self._key)
        self._http = HttpPost()

    async def send(self, notification: Notification) -> None:
        """Post it, signed where there is a secret. Raises `DeliveryError`."""
        body = orjson.dumps(form_of(notification))
        at = str(int(time.time()))
        headers = {"webhook-id": notification.id, "webhook-timestamp": at}
        secrets = self._secret.read()
        if secrets is not None:
            headers["webhook-signature"] = signature_of(secrets, notification.id, at, body)
        key = self._key.read()
        if key is not None:
            headers["Authorization"] = key
        await self._http.send(self._url.needed(), body, headers)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.close()


def form_of(notification: Notification) -> Form:
    """The whole body."""
    alerts = [_alert(alert) for alert in notification.alerts]
    fires = any(alert.ended_at is None for alert in notification.alerts)
    return {
        "version": "4",
        "groupKey": notification.group,
        "truncatedAlerts": notification.truncated,
        "status": "firing" if fires else "resolved",
        "receiver": notification.channel,
        "groupLabels": {label_name(name): text for name, text in notification.labels.items()},
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": "",
        "alerts": alerts,
    }


def _alert(alert: AlertView) -> Form:
    ended = alert.ended_at
    return {
        "status": "firing" if ended is None else "resolved",
        "labels": labels_of(alert),
        "annotations": annotations_of(alert),
        "startsAt": written(alert.started_at),
        "endsAt": NOT_ENDED if ended is None else written(ended),
        "generatorURL": "",
        "fingerprint": alert.fingerprint,
    }


def _common(mappings: list[dict[str, str]]) -> dict[str, str]:
    if not mappings:
        return {}
    shared = set(mappings[0].items()).intersection(*(set(one.items()) for one in mappings[1:]))
    return dict(sorted(shared))
