"""Alerts for one of the services that Apprise knows."""

from __future__ import annotations

import logging
import threading
from functools import partial

from ....actors.alerting.notification import DeliveryError, Notification
from ....config.errors import ConfigurationError
from ....config.settings.channels import AppriseChannelConfig
from .base import ConfiguredChannel
from .in_thread import OneThread
from .secret import Hidden, Secret
from .wording import shortened, text_of, title_of

MOST_TEXT = 1_000
"""Characters; some services take no more."""
_KINDS = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
_ours = threading.local()


class _Silence(logging.Filter):
    """Keeps what Apprise logs in our threads out of the log: there are URLs with keys in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(_ours, "sends", False)


_SILENCE = _Silence()


class AppriseChannel(ConfiguredChannel[AppriseChannelConfig]):
    """Hands each notification to Apprise, in a thread."""

    def __init__(self, settings: AppriseChannelConfig) -> None:
        super().__init__(settings)
        try:
            import apprise  # noqa: F401  # pyright: ignore[reportUnusedImport]
        except ImportError as error:
            told = (
                f"the channel {self.name!r} needs Apprise: pip install 'hive-resilience[apprise]'"
            )
            raise ConfigurationError(told, key="alerts.channels") from error
        self._url = Secret("the URL", settings.url_env, settings.url_file)
        self.places = (self._url,)
        self._thread = OneThread[bool](f"alerts {self.name}")

    async def send(self, notification: Notification) -> None:
        """Hand it on. Raises `DeliveryError`."""
        url = self._url.needed()
        if not await self._thread.run(partial(_notify, url, notification)):
            raise DeliveryError("the service did not take it")


def _notify(url: Hidden, notification: Notification) -> bool:
    from apprise import Apprise

    # Adding the same filter again does nothing.
    logging.getLogger("apprise").addFilter(_SILENCE)
    _ours.sends = True
    service = Apprise.instantiate(url)  # pyright: ignore[reportUnknownMemberType]
    if service is None:
        raise DeliveryError("the URL is none that Apprise knows", permanent=True)
    return bool(
        service.notify(
            title=title_of(notification),
            body=shortened(text_of(notification), MOST_TEXT),
            notify_type=_kind(notification),
        )
    )


def _kind(notification: Notification) -> str:
    firing = [alert for alert in notification.alerts if alert.ended_at is None]
    if not firing:
        return "success"
    words = [_KINDS[alert.severity.value] for alert in firing]
    return max(words, key=["info", "warning", "failure"].index)
