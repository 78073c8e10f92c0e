"""Alerts as messages of Slack's incoming webhooks, or of what speaks their form."""

from __future__ import annotations

from typing import Any

import orjson

from .....actors.alerting.notification import Notification
from .....config.settings.observability.channels import SlackChannelConfig
from ..base import ConfiguredChannel
from ..secret import Secret
from ..wording import lines_of, shortened, shown, title_of
from .post import HttpPost, check_extra

MOST_TEXT = 3_000
"""Characters of the text of a section."""


class SlackChannel(ConfiguredChannel[SlackChannelConfig]):
    """Posts a message for each notification."""

    def __init__(self, settings: SlackChannelConfig) -> None:
        super().__init__(settings)
        check_extra(self.name)
        self._url = Secret("the URL", settings.url_env, settings.url_file)
        self.places: tuple[Secret] = (self._url,)
        self._http = HttpPost()

    async def send(self, notification: Notification) -> None:
        """Post it. Raises `DeliveryError`."""
        await self._http.send(self._url.needed(), orjson.dumps(message_of(notification)), {})

    async def close(self) -> None:
        """Close its connections."""
        await self._http.close()


def message_of(notification: Notification) -> dict[str, Any]:
    """A plain text, which notifications of the desktop show, and the message itself."""
    title = title_of(notification)
    alerts, more = shown(notification)
    blocks = [_section(f"*{escaped(title)}*")]
    for alert in alerts:
        first, *others = map(escaped, lines_of(alert))
        blocks.append(_section("\n".join((f"*{first}*", *others))))
    if more:
        blocks.append(_section(f"And {more} more."))
    return {"text": escaped(title), "blocks": blocks, "unfurl_links": False}


def escaped(text: str) -> str:
    """The text without the beginnings of links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    shown_text = {"type": "mrkdwn", "text": shortened(text, MOST_TEXT), "verbatim": True}
    return {"type": "section", "text": shown_text}
