"""What the channels of the settings have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Generic, TypeVar, cast

from ....actors.alerting.notification import AlertView, Channel, Notification, NotificationKind
from ....config.settings.observability.channels import AnyChannelConfig
from .secret import Secret

S = TypeVar("S", bound=AnyChannelConfig)


class ConfiguredChannel(ABC, Generic[S]):
    """A channel made of its settings; equal to another that is made of equal ones."""

    places: tuple[Secret, ...] = ()
    """Where its secrets are."""

    def __init__(self, settings: S) -> None:
        self.settings: S = settings

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.settings.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConfiguredChannel) and self._same(other.settings)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def _same(self, settings: object) -> bool:
        return type(settings) is type(self.settings) and settings == self.settings

    def wanted(self, notification: Notification) -> Notification | None:
        """The part of it that the settings ask for; None: nothing. A test always is."""
        if notification.kind is NotificationKind.TEST:
            return notification
        alerts = tuple(filter(self._wants, notification.alerts))
        if len(alerts) == len(notification.alerts):
            return notification
        return replace(notification, alerts=alerts) if alerts else None

    def _wants(self, alert: AlertView) -> bool:
        return self.settings.wants(alert.severity.value, resolved=alert.ended_at is not None)

    def recall(self, notification: Notification) -> None:
        """An earlier process has told it, and it still fires: there is nothing to do."""

    @abstractmethod
    async def send(self, notification: Notification) -> None:
        """Deliver it, once. Raises `DeliveryError`."""

    async def close(self) -> None:
        """Nothing is held."""


def as_configured(channel: Channel) -> ConfiguredChannel[AnyChannelConfig] | None:
    """The channel as one of ours; None: a program has made it itself."""
    if isinstance(channel, ConfiguredChannel):
        return cast("ConfiguredChannel[AnyChannelConfig]", channel)
    return None
