"""Notifications as they are when they are queued: a later change does not change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from ..policies.alerting.delivery_plan import Message, NotificationKind
from ..policies.alerting.identity import AlertFact, fingerprint
from ..policies.alerting.machine import Standing
from ..policies.alerting.runbooks import runbook_of
from ..policies.health.alerts import AlertCondition, AlertSeverity
from .notification import AlertView, Notification
from .state import AlertingState, wall_time

MOST_ALERTS = 50
"""Alerts in one notification; the others are counted in `truncated`."""
TEST_TEXT = "a test of this channel: nothing is wrong"


def rendered(state: AlertingState, message: Message, now: float, wall: datetime) -> Notification:
    """A message with all that a channel needs."""
    known = [one for key in message.keys if (one := state.known(key)) is not None]
    known.sort(key=lambda one: (-_rank(one.fact.severity), one.since))
    return Notification(
        id=uuid4().hex,
        channel=message.channel,
        kind=message.kind,
        group=message.group,
        labels=in_common([one.fact.labels for one in known]),
        alerts=tuple(view(one, now, wall) for one in known[:MOST_ALERTS]),
        others=tuple(one.fact.fingerprint for one in known[MOST_ALERTS:]),
    )


def recalled(state: AlertingState, now: float, wall: datetime) -> list[Notification]:
    """What a former process has told, and still fires."""
    firing = NotificationKind.FIRING
    return [
        rendered(state, Message(channel, group, firing, keys), now, wall)
        for (group, channel), keys in state.plan.lines_told.items()
    ]


def view(standing: Standing, now: float, wall: datetime) -> AlertView:
    """One alert for people."""
    fact = standing.fact
    return AlertView(
        fingerprint=fact.fingerprint,
        name=fact.name,
        severity=fact.severity,
        model_id=fact.model_id,
        labels=fact.labels,
        text=fact.text,
        numbers=dict(fact.numbers),
        started_at=wall_time(standing.since, now, wall),
        ended_at=None if standing.ended is None else wall_time(standing.ended, now, wall),
        acknowledged_by=standing.acknowledged_by,
        runbook=runbook(fact),
    )


def runbook(fact: AlertFact) -> str | None:
    """Where a page says what to do."""
    return fact.runbook or runbook_of(fact.name)


def a_test(channel: str, wall: datetime) -> Notification:
    """What tells that a channel works."""
    labels = {"alert": "test", "severity": str(AlertSeverity.INFO)}
    alert = AlertView(
        fingerprint=fingerprint(AlertCondition.RULE, None, "test"),
        name="test",
        severity=AlertSeverity.INFO,
        model_id=None,
        labels=labels,
        text=TEST_TEXT,
        numbers={},
        started_at=wall,
    )
    kind = NotificationKind.TEST
    return Notification(uuid4().hex, channel, kind, "alert=test", labels, (alert,))


def in_common(labels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The labels that are the same in all of them."""
    if not labels:
        return {}
    first, *others = labels
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }


def _rank(severity: AlertSeverity) -> int:
    return tuple(AlertSeverity).index(severity)
