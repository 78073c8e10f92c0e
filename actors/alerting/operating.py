"""What an operator asks of the alerts, and does to them. Each deed is an event for the audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from ...config.values.words import nearest
from ..engine.future import Promise
from ..events import ActionTaken, AlertAcknowledged, AlertsSilenced, Publish, SilenceEnded
from ..policies.alerting.machine import NotFiringError, Standing
from ..policies.alerting.silences import MOST, Silence
from .memory import Row, SilenceRow
from .messages import (
    Acknowledge,
    AddSilence,
    AlertSnapshot,
    EndSilence,
    ListAlerts,
    ListDeliveries,
    ListSilences,
    RefusedVerb,
    SendTest,
    SilenceSnapshot,
)
from .notification import DeliveryRecord
from .rendering import a_test, runbook
from .state import AlertingState, wall_time


class Operating:
    """The verbs; they change the state alone."""

    def __init__(
        self, state: AlertingState, publish: Publish, remember: Callable[[Row], None]
    ) -> None:
        self._state, self._publish, self._remember = state, publish, remember

    def listed(self, message: ListAlerts | ListSilences | ListDeliveries, now: float) -> object:
        """What there is."""
        wall = datetime.now(UTC)
        match message:
            case ListAlerts():
                return self._alerts(now, wall)
            case ListSilences():
                return tuple(_shown(one, now, wall) for one in self._state.silences)
            case ListDeliveries():
                return tuple(reversed(self._state.records))

    def do(self, message: Acknowledge | AddSilence | EndSilence, now: float) -> object:
        """Change something, and what there is afterwards."""
        match message:
            case Acknowledge():
                return self._acknowledge(message, now)
            case AddSilence():
                return self._silence(message, now)
            case EndSilence():
                return self._unsilence(message, now)

    def forget(self, silence: Silence, now: float) -> None:
        """The time of a silence is over: no later process needs to know of it."""
        self._remember(_row(_shown(silence, now, datetime.now(UTC)), ended=True))

    def test(self, message: SendTest) -> Promise[DeliveryRecord] | RefusedVerb:
        """Send a notification that says nothing."""
        known = self._state.config.channel_names
        if message.channel not in known:
            meant = nearest(message.channel, known)
            there_are = f"there are {', '.join(known)}" if known else "there are none"
            advice = f"did you mean {meant!r}?" if meant else there_are
            return RefusedVerb(f"there is no channel {message.channel!r}; {advice}")
        notification = a_test(message.channel, datetime.now(UTC))
        answer = self._state.tests[notification.id] = Promise[DeliveryRecord]()
        self._state.outbox.append(notification)
        self._audit("test_channel", message.channel, message.by, "", None, None)
        return answer

    def _alerts(self, now: float, wall: datetime) -> tuple[AlertSnapshot, ...]:
        superfluous, elsewhere = self._state.inhibited(), self._state.told_elsewhere(now)
        return tuple(
            self._alert(one, now, wall, superfluous.get(key), elsewhere=key in elsewhere)
            for key, one in self._state.machine.alerts.items()
        )

    def _alert(
        self,
        one: Standing,
        now: float,
        wall: datetime,
        inhibited_by: str | None,
        *,
        elsewhere: bool,
    ) -> AlertSnapshot:
        fact, key, plan = one.fact, one.fact.fingerprint, self._state.plan
        return AlertSnapshot(
            fingerprint=key,
            name=fact.name,
            condition=fact.condition,
            rule=fact.rule,
            model_id=fact.model_id,
            severity=fact.severity,
            state=one.state,
            labels=fact.labels,
            text=fact.text,
            numbers=fact.numbers,
            since=wall_time(one.since, now, wall),
            told_on=plan.told_on(key),
            acknowledged_by=one.acknowledged_by,
            acknowledged_reason=one.acknowledged_reason,
            escalated=plan.escalated(key),
            silenced_by=self._state.silences.of(fact.labels, now),
            inhibited_by=inhibited_by,
            runbook=runbook(fact),
            is_over=one.over_since is not None,
            told_elsewhere=elsewhere,
        )

    def _acknowledge(self, message: Acknowledge, now: float) -> AlertSnapshot | RefusedVerb:
        key, machine, wall = message.fingerprint, self._state.machine, datetime.now(UTC)
        before = machine.alerts.get(key)
        try:
            standing = machine.acknowledge(key, message.by, message.reason)
        except NotFiringError:
            return RefusedVerb(f"no alert with the fingerprint {key!r} fires now")
        fact = standing.fact
        self._remember(self._state.row(standing, now, wall))
        self._publish(
            AlertAcknowledged,
            fingerprint=key,
            condition=fact.condition,
            model_id=fact.model_id,
            rule=fact.rule,
            by=message.by,
            reason=message.reason,
        )
        was = None if before is None else str(before.state)
        after = str(standing.state)
        self._audit("acknowledge_alert", key, message.by, message.reason, was, after)
        superfluous, elsewhere = self._state.inhibited(), self._state.told_elsewhere(now)
        return self._alert(standing, now, wall, superfluous.get(key), elsewhere=key in elsewhere)

    def _silence(self, message: AddSilence, now: float) -> SilenceSnapshot | RefusedVerb:
        if self._state.silences.is_full:
            return RefusedVerb(f"there are {MOST} silences already, the most there may be")
        begins = now + message.begins_in
        silence = Silence(
            message.silence_id or uuid4().hex[:12],
            dict(message.match),
            begins,
            begins + message.lasts,
            message.by,
            message.comment,
        )
        self._state.silences.add(silence)
        found = _shown(silence, now, datetime.now(UTC))
        self._remember(_row(found))
        self._publish(
            AlertsSilenced,
            silence_id=found.id,
            match=found.match,
            starts=found.starts_at,
            ends=found.ends_at,
            by=found.by,
            comment=found.comment,
        )
        told = ",".join(f"{name}={value}" for name, value in found.match.items())
        self._audit("silence_alerts", found.id, message.by, message.comment, None, told)
        return found

    def _unsilence(self, message: EndSilence, now: float) -> SilenceSnapshot | RefusedVerb:
        silence = self._state.silences.remove(message.silence_id)
        if silence is None:
            return RefusedVerb(f"there is no silence {message.silence_id!r}")
        found = _shown(silence, now, datetime.now(UTC))
        self._remember(_row(found, ended=True))
        self._publish(SilenceEnded, silence_id=found.id, by=message.by)
        self._audit("end_silence", found.id, message.by, message.reason, "silenced", "ended")
        return found

    def _audit(
        self, action: str, target: str, by: str, reason: str, before: str | None, after: str | None
    ) -> None:
        self._publish(
            ActionTaken,
            action=action,
            target=target,
            by=by,
            reason=reason,
            before=before,
            after=after,
            automatic=False,
        )


def _shown(silence: Silence, now: float, wall: datetime) -> SilenceSnapshot:
    return SilenceSnapshot(
        silence.id,
        silence.match,
        wall_time(silence.starts, now, wall),
        wall_time(silence.ends, now, wall),
        silence.author,
        silence.comment,
    )


def _row(found: SilenceSnapshot, *, ended: bool = False) -> SilenceRow:
    return SilenceRow(
        found.id, found.match, found.starts_at, found.ends_at, found.by, found.comment, ended
    )
