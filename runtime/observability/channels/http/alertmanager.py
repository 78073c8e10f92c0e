"""Alerts for Prometheus' Alertmanager: what fires is told again every minute, or it would end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import orjson

from .....actors.alerting.notification import AlertView, DeliveryError, Notification
from .....config.settings.observability.channels import AlertmanagerChannelConfig
from ..base import ConfiguredChannel
from ..secret import Hidden, Secret
from .alert_form import Form, annotations_of, labels_of, written
from .post import HttpPost, check_extra

AGAIN = 60.0
"""Seconds; Alertmanager ends after five minutes what it does not hear of."""
PATH = "/api/v2/alerts"
_MOST_AT_ONCE = 500


class AlertmanagerChannel(ConfiguredChannel[AlertmanagerChannelConfig]):
    """Posts alerts as they begin and end, and again while they fire."""

    def __init__(self, settings: AlertmanagerChannelConfig) -> None:
        super().__init__(settings)
        check_extra(self.name)
        s = settings
        self._url = Secret("the URL", s.url_env, s.url_file, s.url)
        self._key = Secret("the authorization", s.authorization_env, s.authorization_file)
        self.places: tuple[Secret, Secret] = (self._url, self._key)
        self._http = HttpPost()
        self._firing: dict[str, AlertView] = {}
        self._again: asyncio.Task[None] | None = None

    async def send(self, notification: Notification) -> None:
        """Post its alerts. Raises `DeliveryError`."""
        self.recall(notification)
        await self._post(notification.alerts)

    def recall(self, notification: Notification) -> None:
        """Keep what fires firing there, without telling it first."""
        for alert in notification.alerts:
            if alert.ended_at is None:
                self._firing[alert.fingerprint] = alert
            else:
                self._firing.pop(alert.fingerprint, None)
        if self._firing and self._again is None:
            self._again = asyncio.get_running_loop().create_task(self._tell_again())

    async def close(self) -> None:
        """Tell no more, and close the connections: what fires ends there after five minutes."""
        again, self._again = self._again, None
        if again is not None:
            again.cancel()
            with suppress(asyncio.CancelledError):
                await again
        await self._http.close()

    async def _tell_again(self) -> None:
        while self._firing:
            await asyncio.sleep(AGAIN)
            firing = tuple(self._firing.values())
            for start in range(0, len(firing), _MOST_AT_ONCE):
                with suppress(DeliveryError, TimeoutError):  # the next time is soon
                    async with asyncio.timeout(AGAIN / 4):
                        await self._post(firing[start : start + _MOST_AT_ONCE])
        self._again = None

    async def _post(self, alerts: tuple[AlertView, ...]) -> None:
        if not alerts:
            return
        key = self._key.read()
        headers = {} if key is None else {"Authorization": key}
        body = orjson.dumps([form_of(alert) for alert in alerts])
        url = self._url.needed()
        if not url.rstrip("/").endswith(PATH):
            url = Hidden(url.rstrip("/") + PATH)
        await self._http.send(url, body, headers)


def form_of(alert: AlertView) -> Form:
    """One alert as the interface of Alertmanager takes it."""
    form: Form = {
        "labels": labels_of(alert),
        "annotations": annotations_of(alert),
        "startsAt": written(alert.started_at),
    }
    if alert.ended_at is not None:
        form["endsAt"] = written(alert.ended_at)
    return form
