"""What an alert says to people, and what a channel has to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ..policies.alerting.delivery_plan import NotificationKind as NotificationKind
from ..policies.health.alerts import AlertSeverity


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert as it was when it was rendered: a later change does not change it.

    `text` is made of a closed set of fields, at most 1,000 characters, with no text of an error, no
    prompt and no URL of a provider. `ended_at` is None while it fires.
    """

    fingerprint: str
    name: str
    """The condition, or the name of the rule."""
    severity: AlertSeverity
    model_id: str | None
    labels: Mapping[str, str]
    text: str
    numbers: Mapping[str, float]
    started_at: datetime
    ended_at: datetime | None = None
    acknowledged_by: str | None = None
    runbook: str | None = None
    """Where a page says what to do."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Alerts that belong together, for one channel. `id` is the same in each try to deliver it."""

    id: str
    channel: str
    kind: NotificationKind
    group: str
    """The same for all that is ever told of this group."""
    labels: Mapping[str, str]
    """What all of its alerts have in common."""
    alerts: tuple[AlertView, ...]
    others: tuple[str, ...] = ()
    """The fingerprints of alerts of the group that are not in it."""
    notifications: int = 1
    """How many it stands for: several are a digest, for those that came too fast to go alone."""

    @property
    def truncated(self) -> int:
        """How many alerts of the group are not in it."""
        return len(self.others)


class DeliveryError(Exception):
    """A channel did not take a notification. `reason` is for people, and has no secret in it.

    `retry_after`: seconds that the receiver asks to wait. `permanent`: another try is useless.
    """

    def __init__(
        self, reason: str, *, retry_after: float | None = None, permanent: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason: str = reason
        self.retry_after: float | None = retry_after
        self.permanent: bool = permanent


class Channel(Protocol):
    """How people or other systems hear of alerts. Its time limit is the caller's."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    async def send(self, notification: Notification) -> None:
        """Deliver it, once. Raises `DeliveryError`; any other error counts as one that may pass."""
        ...

    async def close(self) -> None:
        """Release its connections."""
        ...


class DeliveryState(StrEnum):
    """How far a notification has come."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every try failed."""
    DROPPED = "dropped"
    """The queue was full."""


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What became of a notification at its channel."""

    notification_id: str
    channel: str
    kind: NotificationKind
    group: str
    fingerprints: tuple[str, ...]
    state: DeliveryState
    tries: int
    at: datetime
    reason: str | None = None
    """Why the last try failed."""
