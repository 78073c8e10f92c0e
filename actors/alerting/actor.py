"""The actor of alerts: it hears what holds, and says what people are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from math import inf

from ..engine.actor import Actor
from ..events import (
    AlertRaised,
    AlertResolved,
    ModelAdded,
    ModelRemoved,
    Publish,
    SilenceEnded,
)
from ..fleet_messages import AlertsDue
from ..policies.alerting.delivery_plan import NotificationKind
from ..policies.alerting.identity import AlertFact
from ..policies.alerting.machine import AlertState, Standing
from ..policies.alerting.texts import of_condition
from .memory import Row
from .messages import (
    Acknowledge,
    AddSilence,
    AdoptAlerts,
    EndSilence,
    FiguresTaken,
    Heard,
    ListAlerts,
    ListDeliveries,
    ListSilences,
    LookOn,
    SayAlerts,
    SendTest,
    SiblingHeard,
    SpeakerChanged,
)
from .notification import DeliveryRecord, DeliveryState, Notification
from .operating import Operating
from .rendering import rendered
from .state import AlertingState, wall_time
from .together import Together

SETTLE = 0.05
"""Seconds that news wait for others: an outage of many models is looked at once."""
STEPS = 20
"""Numbers that are read, or rules that are judged, before other messages have their turn."""
_TOLD = (NotificationKind.FIRING, NotificationKind.ESCALATED)

Deliver = Callable[[Notification], None]
"""Takes a notification to its channel. Never waits, and never fails."""
Remember = Callable[[Row], None]
"""Keeps a row for a later process. Never waits, and never fails."""


class AlertActor(Actor):
    """Owns no alert itself: all is in the state, which outlives it."""

    def __init__(
        self, state: AlertingState, publish: Publish, deliver: Deliver, remember: Remember
    ) -> None:
        super().__init__()
        self._state, self._publish = state, publish
        self._deliver, self._remember = deliver, remember
        self._operating = Operating(state, publish, remember)
        self._together = Together(state, self.actor_ref)
        self._stopped = False

    def on_start(self) -> None:
        self._cancel_timer()  # after a crash it may have rung already
        self._together.silence()
        self._together.say_soon()
        self._wake_in(SETTLE)

    def receive(self, message: object) -> object:
        now = self.engine.instant
        match message:
            case AlertRaised() if message.rule is None:
                self._state.machine.report(now, self._fact(message))
            case AlertResolved() if message.rule is None:
                self._state.machine.clear(now, self._fact(message).fingerprint)
            case ModelAdded(model_id=model_id) | ModelRemoved(model_id=model_id):
                self._end_of_model(model_id, now)
            case FiguresTaken():
                self._state.begin_look(message.figures, message.own)
                self._look_on(now)
                self._together.say(now, again=True)
            case LookOn():
                self._look_on(now)
            case Heard(record):
                self._heard(record, now)
            case SiblingHeard(word):
                self._together.heard(word, now)
            case SpeakerChanged():
                pass  # what is told here is looked at again
            case AdoptAlerts(config):
                self._state.adopt(config)
                self._end_rules_that_are_gone(now)
            case AlertsDue():
                self._due(now)
                return None
            case SayAlerts():
                self._together.say(now)
                return None
            case ListAlerts() | ListSilences() | ListDeliveries():
                return self._operating.listed(message, now)
            case Acknowledge() | AddSilence() | EndSilence():
                answer = self._operating.do(message, now)
                self._news(now)
                return answer
            case SendTest():
                answer = self._operating.test(message)
                self._empty_outbox()
                return answer
            case _:
                return super().receive(message)
        self._news(now)
        return None

    def on_stop(self) -> None:
        self._stopped = True  # messages that still wait for it must not wake it
        self._cancel_timer()
        self._together.silence()
        if self._state.look_timer is not None:
            self._state.look_timer.cancel()

    def stopped_while_down(self) -> None:
        self.on_stop()

    def before_restart(self) -> None:
        """The successor takes over everything as it is."""

    def salvage(self, message: object) -> None:
        """What comes only once must not be lost in a crash; the books come again."""
        match message:
            case AlertRaised() | AlertResolved() | Heard() | AdoptAlerts():
                self.receive(message)
            case ModelAdded() | ModelRemoved():
                self.receive(message)
            case _:
                pass

    # What holds.

    def _fact(self, event: AlertRaised | AlertResolved) -> AlertFact:
        return AlertFact(
            event.condition,
            event.severity,
            event.model_id,
            text=of_condition(event.condition, event.model_id),
            keep=self._state.config.keep,
        )

    def _look_on(self, now: float) -> None:
        state = self._state
        if state.look is None:
            return
        steps = list(islice(state.look, STEPS))
        for verdict in filter(None, steps):
            key, fact = verdict
            if fact is not None:
                state.machine.report(now, fact)
            else:
                state.machine.clear(now, key)
        if len(steps) == STEPS:
            # Not by `send`: all messages that are there are handled in one turn of the loop.
            state.look_timer = self.actor_ref.after(0.0, LookOn())
            return
        state.look = None
        for key, standing in list(state.machine.alerts.items()):
            if standing.fact.model_id not in state.looked_at:
                state.machine.clear(now, key)

    def _end_of_model(self, model_id: str, now: float) -> None:
        """It is gone, or in a new life: what its former actor has raised it does not resolve."""
        self._state.look = None  # it is of the models before
        for key, standing in list(self._state.machine.alerts.items()):
            if standing.fact.model_id == model_id:
                self._state.machine.clear(now, key)

    def _end_rules_that_are_gone(self, now: float) -> None:
        known = self._state.rulebook.fingerprints()
        for key, standing in list(self._state.machine.alerts.items()):
            fact = standing.fact
            if fact.rule is not None and (fact.condition, fact.rule) not in known:
                self._state.machine.clear(now, key)

    def _heard(self, record: DeliveryRecord, now: float) -> None:
        state = self._state
        state.records.append(record)
        if record.state is not DeliveryState.QUEUED or record.tries:
            test = state.tests.pop(record.notification_id, None)
            if test is not None:
                test.set(record)
        if record.kind not in _TOLD:
            return
        if record.state is DeliveryState.DELIVERED:
            state.plan.arrived(record.channel, record.fingerprints)
        elif record.state in (DeliveryState.FAILED, DeliveryState.DROPPED):
            state.plan.failed(now, record.channel, record.fingerprints)
        else:
            return
        for key in record.fingerprints:
            self._keep(key, now)

    def _news(self, now: float) -> None:
        """Tell what has begun to fire and what is over, and look at it all in a moment."""
        self._tell_all(now)
        self._wake_in(SETTLE)

    def _tell_all(self, now: float) -> None:
        for standing in self._state.machine.drain():
            self._tell(standing, now)
        self._together.say_soon()

    def _tell(self, standing: Standing, now: float) -> None:
        fact, wall = standing.fact, datetime.now(UTC)
        key = fact.fingerprint
        is_over = standing.state is AlertState.RESOLVED
        if is_over and key in self._state.plan.told:
            self._state.ended[key] = standing
        elif not is_over:
            self._state.ended.pop(key, None)
        self._remember(self._state.row(standing, now, wall))
        forgotten = is_over and standing.recalled_until is not None
        if fact.rule is not None or forgotten:  # the others their owners have told
            self._publish(
                AlertResolved if is_over else AlertRaised,
                condition=fact.condition,
                severity=fact.severity,
                model_id=fact.model_id,
                message=fact.text,
                since=wall_time(standing.since, now, wall),
                rule=fact.rule,
                labels=dict(fact.own_labels),
                fingerprint=key,
            )

    def _keep(self, key: str, now: float) -> None:
        standing = self._state.known(key)
        if standing is not None:
            self._remember(self._state.row(standing, now, datetime.now(UTC)))

    # What people are told.

    def _due(self, now: float) -> None:
        state = self._state
        self._cancel_timer()  # it need not be the one that rang: a crash may have set another
        self._together.look(now)
        state.machine.advance(now)
        self._tell_all(now)
        for silence in state.silences.expire(now):
            self._publish(SilenceEnded, silence_id=silence.id, by=None)
            self._operating.forget(silence, now)
        wall = datetime.now(UTC)
        messages = state.plan.look(now, state.tellings(now))
        # The plan counts them as said: from here on they are in the outbox, whatever happens.
        state.outbox.extend([rendered(state, message, now, wall) for message in messages])
        told = state.plan.told
        for key in [key for key in state.ended if key not in told]:
            del state.ended[key]
        self._empty_outbox()
        for message in messages:
            if message.kind is NotificationKind.ESCALATED:
                for key in message.keys:
                    self._keep(key, now)
        points = (state.machine.next_at(now), state.plan.next_at, state.silences.next_at(now))
        self._wake_in(min(points) - now)

    def _empty_outbox(self) -> None:
        while self._state.outbox:
            self._deliver(self._state.outbox.popleft())

    def _wake_in(self, seconds: float) -> None:
        """Look at it all in so many seconds, or earlier where that was due already."""
        state, point = self._state, self.engine.instant + max(0.0, seconds)
        if state.timer is not None and state.due <= point:
            return
        self._cancel_timer()
        if point < inf and not self._stopped:
            state.due = point
            state.timer = self.actor_ref.after(point - self.engine.instant, AlertsDue())

    def _cancel_timer(self) -> None:
        if self._state.timer is not None:
            self._state.timer.cancel()
        self._state.timer, self._state.due = None, inf
