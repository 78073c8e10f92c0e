"""Every message to the actor of alerts, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ...config.settings.observability.alerts import AlertsConfig
from ..policies.alerting.machine import AlertState
from ..policies.alerting.several import AlertWord
from ..policies.health.alerts import AlertCondition, AlertSeverity
from ..policies.metrics.figures import FleetFigures
from .notification import DeliveryRecord


class FiguresTaken(NamedTuple):
    """The books of the fleet, for the rules; `own` has the numbers of their functions."""

    figures: FleetFigures
    own: Mapping[str, float | None] = {}


class LookOn(NamedTuple):
    """Go on with the look at the books that has begun."""


class SpeakerChanged(NamedTuple):
    """Another process of the cluster tells the alerts of all from now on, or none does."""


class SiblingHeard(NamedTuple):
    """A process that serves together with this one says what fires in it."""

    word: AlertWord


class SayAlerts(NamedTuple):
    """Say what fires to the processes that serve together with this one."""


class Heard(NamedTuple):
    """What became of a notification at its channel."""

    record: DeliveryRecord


class AdoptAlerts(NamedTuple):
    """Other settings from now on."""

    config: AlertsConfig


class ListAlerts(NamedTuple):
    """Answer: every alert that is pending or fires, as `AlertSnapshot`."""


class ListSilences(NamedTuple):
    """Answer: every silence, as `SilenceSnapshot`."""


class ListDeliveries(NamedTuple):
    """Answer: the last records of deliveries, the newest first."""


class Acknowledge(NamedTuple):
    """From an operator. Answer: the alert afterwards, or `RefusedVerb`."""

    fingerprint: str
    by: str
    reason: str


class AddSilence(NamedTuple):
    """From an operator; spans are seconds from now. Answer: the silence, or `RefusedVerb`.

    `silence_id` None: a new one.
    """

    match: Mapping[str, str]
    begins_in: float
    lasts: float
    by: str
    comment: str
    silence_id: str | None = None


class EndSilence(NamedTuple):
    """From an operator. Answer: the silence that is over, or `RefusedVerb`."""

    silence_id: str
    by: str
    reason: str


class SendTest(NamedTuple):
    """From an operator. Answer, later: the record of the first try, or `RefusedVerb` at once."""

    channel: str
    by: str


class RefusedVerb(NamedTuple):
    """What an operator asked for cannot be done, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class AlertSnapshot:
    """One alert at one moment. `name` is its rule, or its condition where there is none."""

    fingerprint: str
    name: str
    condition: AlertCondition
    rule: str | None
    model_id: str | None
    severity: AlertSeverity
    state: AlertState
    labels: Mapping[str, str]
    text: str
    numbers: Mapping[str, float]
    since: datetime
    told_on: tuple[str, ...]
    """The channels where it has arrived."""
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None
    escalated: bool = False
    silenced_by: tuple[str, ...] = ()
    """The ids of silences."""
    inhibited_by: str | None = None
    """The fingerprint of the alert that makes it superfluous."""
    runbook: str | None = None
    is_over: bool = False
    """Whether what it tells has ended: it is resolved once that has lasted for its `keep`."""
    told_elsewhere: bool = False
    """Whether another process of the cluster, or another worker of the server, tells it."""


@dataclass(frozen=True, slots=True)
class SilenceSnapshot:
    """One silence: alerts with these labels are not told between two moments."""

    id: str
    match: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    by: str
    comment: str
