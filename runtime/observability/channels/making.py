"""Makes channels of their settings."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, assert_never

from ....actors.alerting.notification import Channel, DeliveryError
from ....config.settings.observability.channels import (
    AlertmanagerChannelConfig,
    AnyOfThem,
    AppriseChannelConfig,
    CallbackChannelConfig,
    EmailChannelConfig,
    LogChannelConfig,
    PagerDutyChannelConfig,
    SlackChannelConfig,
    WebhookChannelConfig,
)
from ....config.values.log_fields import log_event
from .base import ConfiguredChannel

log: logging.Logger = logging.getLogger(__name__)


def make_channels(settings: Iterable[AnyOfThem]) -> tuple[Channel, ...]:
    """The channels, none of which is open yet.

    Raises `ConfigurationError` where a package is missing, or a function.
    """
    made = tuple(map(_made, settings))
    for channel in made:
        _warn_of_missing(channel)
    return made


def _warn_of_missing(channel: ConfiguredChannel[Any]) -> None:
    """A secret that is not there yet is no error: it is read at each try."""
    for place in channel.places:
        try:
            place.read()
        except DeliveryError as error:
            told = log_event("channel.unusable", channel=channel.name)
            log.warning("channel %s: %s", channel.name, error.reason, extra=told)


def _made(settings: AnyOfThem) -> ConfiguredChannel[Any]:
    # A channel that is not used imports nothing.
    match settings:
        case LogChannelConfig():
            from .log_channel import LogChannel

            return LogChannel(settings)
        case CallbackChannelConfig():
            from .callback import CallbackChannel

            return CallbackChannel(settings)
        case WebhookChannelConfig():
            from .http.webhook import WebhookChannel

            return WebhookChannel(settings)
        case SlackChannelConfig():
            from .http.slack import SlackChannel

            return SlackChannel(settings)
        case PagerDutyChannelConfig():
            from .http.pagerduty import PagerDutyChannel

            return PagerDutyChannel(settings)
        case AlertmanagerChannelConfig():
            from .http.alertmanager import AlertmanagerChannel

            return AlertmanagerChannel(settings)
        case EmailChannelConfig():
            from .mail import EmailChannel

            return EmailChannel(settings)
        case AppriseChannelConfig():
            from .apprise_channel import AppriseChannel

            return AppriseChannel(settings)
        case _:
            assert_never(settings)
