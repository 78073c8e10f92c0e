"""Alerts for one of the services that Apprise knows."""

from __future__ import annotations

import logging
import threading
from functools import partial
from importlib.util import find_spec

from ....actors.alerting.notification import DeliveryError, Notification
from ....config.errors import ConfigurationError
from ....config.settings.observability.channels import AppriseChannelConfig
from .base import ConfiguredChannel
from .in_thread import OneThread
from .secret import Hidden, Secret
from .wording import shortened, text_of, title_of

MOST_TEXT = 1_000
"""Characters; some services take no more."""
_KINDS = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
_ours = threading.local()


_TELLING = frozenset(
    {
        *("apprise", "aiohttp", "asyncio", "httpcore", "httpx", "oauthlib", "paho", "requests"),
        *("requests_oauthlib", "slixmpp", "smtplib", "urllib3", "websocket", "websockets"),
    }
)
"""Apprise, and the clients that its services use."""


class _Silence(logging.Filter):
    """Keeps what Apprise logs in our threads out of the log: there are URLs with keys in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(_ours, "sends", False)


_SILENCE = _Silence()


class AppriseChannel(ConfiguredChannel[AppriseChannelConfig]):
    """Hands each notification to Apprise, in a thread."""

    def __init__(self, settings: AppriseChannelConfig) -> None:
        super().__init__(settings)
        if find_spec("apprise") is None:  # to import it takes long, and is done in the thread
            told = f"the channel {self.name!r} needs it: pip install 'hive-resilience[apprise]'"
            raise ConfigurationError(told, key="alerts.channels")
        self._url = Secret("the URL", settings.url_env, settings.url_file)
        self.places: tuple[Secret] = (self._url,)
        self._thread = OneThread[bool](f"alerts {self.name}")

    async def send(self, notification: Notification) -> None:
        """Hand it on. Raises `DeliveryError`."""
        url = self._url.needed()
        if not await self._thread.run(partial(_notify, url, notification)):
            raise DeliveryError("the service did not take it")


def _notify(url: Hidden, notification: Notification) -> bool:
    from apprise import Apprise

    _ours.sends = True
    _silence()
    service = Apprise.instantiate(url)  # pyright: ignore[reportUnknownMemberType]
    if service is None:
        raise DeliveryError("the URL is none that Apprise knows", permanent=True)
    _silence()  # the service may have brought loggers of its own
    return bool(
        service.notify(
            title=title_of(notification),
            body=shortened(text_of(notification), MOST_TEXT),
            notify_type=_kind(notification),
        )
    )


def _silence() -> None:
    """A logger has no say in what those below it log: each of them needs the filter."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _TELLING:
            logger.addFilter(_SILENCE)  # where it is already, this does nothing


def _kind(notification: Notification) -> str:
    firing = [alert for alert in notification.alerts if alert.ended_at is None]
    if not firing:
        return "success"
    words = [_KINDS[alert.severity.value] for alert in firing]
    return max(words, key=["info", "warning", "failure"].index)
