"""Which conditions hold that a person should know of, and which of them are told.

A condition is raised once, however often it is reported, and resolved once it holds no more. One
that comes and goes is raised at most once in a cooldown: what returns earlier is held back, and
raised when the cooldown is over if it still holds then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from ....config.settings.observability.alert_rules import AlertSeverity as AlertSeverity


class AlertCondition(StrEnum):
    """What an alert is about."""

    MODEL_UNAVAILABLE = "model_unavailable"
    """A model fails its health checks."""
    MODEL_QUARANTINED = "model_quarantined"
    """A model's actor crashed too often."""
    CIRCUIT_OPEN = "circuit_open"
    """A model's breaker opened, and has not closed yet."""
    MISCONFIGURED = "misconfigured"
    """A model's provider refuses the key, or its quota is used up."""
    MODEL_UNKNOWN = "model_unknown"
    """A model's provider does not have it, or not for this account."""
    ERROR_RATE = "error_rate"
    """Too many of a model's calls fail."""
    SLOW = "slow"
    """A model takes too long to answer."""
    NO_USABLE_MODEL = "no_usable_model"
    """The whole fleet is out."""
    DEGRADED_MODE = "degraded_mode"
    """Too few of the fleet's models can serve."""
    RULE = "rule"
    """A rule of the settings, or a built-in one; the alert names it."""
    BURN_RATE = "burn_rate"
    """Tasks fail so fast that the budget of errors does not last."""
    HISTORY_FAILING = "history_failing"
    """The history cannot be written; tasks go on."""
    RECOVERY_GAVE_UP = "recovery_gave_up"
    """Remedies have not brought a model back, and no more are taken."""
    CLUSTER_LOST = "cluster_lost"
    """This process reaches no owner of its cluster, and goes on alone."""
    OWNER_CHANGES = "owner_changes"
    """The owners of the cluster start again and again."""


SEVERITIES: Mapping[AlertCondition, AlertSeverity] = {
    AlertCondition.MODEL_UNAVAILABLE: AlertSeverity.ERROR,
    AlertCondition.MODEL_QUARANTINED: AlertSeverity.ERROR,
    AlertCondition.CIRCUIT_OPEN: AlertSeverity.WARNING,
    AlertCondition.MISCONFIGURED: AlertSeverity.ERROR,
    AlertCondition.MODEL_UNKNOWN: AlertSeverity.ERROR,
    AlertCondition.ERROR_RATE: AlertSeverity.WARNING,
    AlertCondition.SLOW: AlertSeverity.WARNING,
    AlertCondition.NO_USABLE_MODEL: AlertSeverity.CRITICAL,
    AlertCondition.DEGRADED_MODE: AlertSeverity.ERROR,
    AlertCondition.RULE: AlertSeverity.WARNING,
    AlertCondition.BURN_RATE: AlertSeverity.CRITICAL,
    AlertCondition.HISTORY_FAILING: AlertSeverity.WARNING,
    AlertCondition.RECOVERY_GAVE_UP: AlertSeverity.ERROR,
    AlertCondition.CLUSTER_LOST: AlertSeverity.WARNING,
    AlertCondition.OWNER_CHANGES: AlertSeverity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that holds since `since` (monotonic seconds); without a model: the fleet's."""

    condition: AlertCondition
    model_id: str | None
    message: str
    since: float

    @property
    def severity(self) -> AlertSeverity:
        """How bad it is."""
        return SEVERITIES[self.condition]


@dataclass(frozen=True, slots=True)
class Raised:
    """It should be told now."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was raised holds no more."""

    alert: Alert


Key = tuple[AlertCondition, str | None]


class Alerts:
    """The conditions that one actor watches.

    >>> alerts = Alerts(cooldown=300.0)
    >>> alerts.report(0.0, AlertCondition.SLOW, "a takes 9 s", "a")
    >>> alerts.report(1.0, AlertCondition.SLOW, "a takes 9 s", "a")
    >>> [type(news).__name__ for news in alerts.drain()]
    ['Raised']
    """

    __slots__ = ("_held", "_muted", "_news", "_raised_at", "_told", "cooldown")

    def __init__(self, cooldown: float) -> None:
        self.cooldown: float = cooldown
        self._muted = False
        self._told: dict[Key, Alert] = {}
        self._held: dict[Key, Alert] = {}
        self._raised_at: dict[Key, float] = {}
        self._news: list[Raised | Resolved] = []

    @property
    def active(self) -> tuple[Alert, ...]:
        """What has been raised and not resolved."""
        return tuple(self._told.values())

    @property
    def next_at(self) -> float:
        """When the first of those held back is to be raised; infinite: none is."""
        if self._muted:
            return inf
        return min((self._free_at(key) for key in self._held), default=inf)

    def holds(self, condition: AlertCondition, model_id: str | None = None) -> bool:
        """Whether the condition holds, raised or held back."""
        key = (condition, model_id)
        return key in self._told or key in self._held

    def report(
        self, now: float, condition: AlertCondition, message: str, model_id: str | None = None
    ) -> None:
        """The condition holds; `message` says what is wrong, and what to do."""
        key = (condition, model_id)
        if key in self._told or key in self._held:
            return
        self._held[key] = Alert(condition, model_id, message, now)
        self._raise_if_free(key, now)

    def clear(self, condition: AlertCondition, model_id: str | None = None) -> None:
        """The condition holds no more, if it did."""
        key = (condition, model_id)
        self._held.pop(key, None)
        alert = self._told.pop(key, None)
        if alert is not None:
            self._news.append(Resolved(alert))

    def mute(self) -> None:
        """It concerns no person any more: resolve what was told, and raise nothing.

        Conditions are still reported and cleared; `unmute` raises those that hold then.
        """
        self._muted = True
        self._news.extend(map(Resolved, self._told.values()))
        self._held.update(self._told)
        self._told.clear()

    def unmute(self, now: float) -> None:
        """It matters again, as far as the cooldown lets it."""
        self._muted = False
        self.due(now)

    def due(self, now: float) -> None:
        """Raise what was held back long enough."""
        for key in tuple(self._held):
            self._raise_if_free(key, now)

    def drain(self) -> tuple[Raised | Resolved, ...]:
        """What is to be told, each once."""
        news, self._news = tuple(self._news), []
        return news

    def _raise_if_free(self, key: Key, now: float) -> None:
        if self._muted or now < self._free_at(key):
            return
        alert = self._told[key] = self._held.pop(key)
        self._raised_at[key] = now
        self._news.append(Raised(alert))

    def _free_at(self, key: Key) -> float:
        return self._raised_at.get(key, -inf) + self.cooldown
