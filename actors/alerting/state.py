"""What the actor of alerts owns. It outlives the actor: a crash loses and doubles nothing."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...config.settings.observability.alerts import AlertsConfig
from ..engine.future import Promise
from ..policies.alerting.delivery_plan import DeliveryPlan, Spans, Telling
from ..policies.alerting.identity import AlertFact
from ..policies.alerting.inhibition import inhibited
from ..policies.alerting.machine import AlertMachine, Standing
from ..policies.alerting.routing import channels_of, group_of, is_at_least, those_that_want
from ..policies.alerting.rules import Rulebook, Verdict
from ..policies.alerting.several import AlertWord, Stage
from ..policies.alerting.silences import Silence, Silences
from ..policies.cluster.speakers import Elsewhere, told_here
from ..policies.metrics.figures import FleetFigures
from .memory import AlertRow, Row, SilenceRow
from .notification import DeliveryRecord, Notification
from .siblings import AlertSiblings

KEPT_RECORDS = 500
"""Records of deliveries that are kept for looking at."""


@dataclass(slots=True)
class AlertingState:
    config: AlertsConfig
    elsewhere: Elsewhere = told_here
    siblings: AlertSiblings = field(default_factory=AlertSiblings)
    rulebook: Rulebook = field(init=False)
    machine: AlertMachine = field(default_factory=AlertMachine)
    silences: Silences = field(default_factory=Silences)
    plan: DeliveryPlan = field(init=False)
    ended: dict[str, Standing] = field(default_factory=dict[str, Standing])
    """Alerts that are over, until every channel that was told of them knows."""
    left_to_others: set[str] = field(default_factory=set[str])
    """Alerts that another process of a cluster tells, as the owner's book says."""
    said: AlertWord | None = None
    """What the siblings know."""
    word_timer: asyncio.TimerHandle | None = None
    outbox: deque[Notification] = field(default_factory=deque[Notification])
    """Rendered, and not handed over yet."""
    records: deque[DeliveryRecord] = field(default_factory=lambda: deque(maxlen=KEPT_RECORDS))
    tests: dict[str, Promise[DeliveryRecord]] = field(
        default_factory=dict[str, Promise[DeliveryRecord]]
    )
    look: Iterator[Verdict | None] | None = None
    """What is left of a look at the books that has begun."""
    look_timer: asyncio.TimerHandle | None = None
    looked_at: frozenset[str | None] = frozenset()
    """The models of that look."""
    timer: asyncio.TimerHandle | None = None
    due: float = float("inf")

    def __post_init__(self) -> None:
        self.rulebook = Rulebook(self.config)
        self.plan = DeliveryPlan(_spans(self.config))

    def adopt(self, config: AlertsConfig) -> None:
        """Go on by other settings; what fires goes on."""
        self.config, self.look = config, None
        self.rulebook.adopt(config)
        self.plan.spans = _spans(config)

    def begin_look(self, figures: FleetFigures, own: Mapping[str, float | None]) -> None:
        """Look at these books from now on."""
        self.look = self.rulebook.look(figures, own)
        self.looked_at = frozenset({None, *(one.model_id for one in figures.models)})

    def inhibited(self) -> dict[str, str]:
        """The alerts that another one makes superfluous now."""
        firing = (one.fact for one in self.machine.alerts.values() if one.fires)
        return inhibited(firing, self.config.inhibitions)

    def tellings(self, now: float) -> dict[str, Telling]:
        """How each alert that fires is told."""
        superfluous, elsewhere = self.inhibited(), self.told_elsewhere(now)
        self.left_to_others &= self.machine.alerts.keys()
        return {
            key: self._telling(standing, now, muted=key in superfluous or key in elsewhere)
            for key, standing in self.machine.alerts.items()
            if standing.fires
        }

    def told_elsewhere(self, now: float) -> frozenset[str]:
        """The alerts that another process tells."""
        others, found = self.siblings.others, frozenset(self.left_to_owner())
        if others is None:
            return found
        told, alerts = self.plan.told, self.machine.alerts
        own = {
            key: (self.stage(one.fact, now, told), one.since)
            for key, one in alerts.items()
            if one.fires and key not in found
        }
        return found | others.tell(own)

    def left_to_owner(self) -> set[str]:
        """The alerts of which the owner has another process tell; while kept as before."""
        for key, one in self.machine.alerts.items():
            if one.over_since is None and self.elsewhere(one.fact.condition, one.fact.model_id):
                self.left_to_others.add(key)
            elif one.over_since is None:
                self.left_to_others.discard(key)
        return self.left_to_others & self.machine.alerts.keys()

    def stage(self, fact: AlertFact, now: float, told: Collection[str]) -> Stage:
        """How far the telling of an alert has come here; `told` are those that were told."""
        if fact.fingerprint in told:
            return Stage.TOLD
        channels = channels_of(fact, self.config)
        if not channels:
            return Stage.SILENT
        group = group_of(fact.labels, self.config.group_by)
        is_put_off = self.plan.is_put_off(group, channels, now)
        return Stage.FAILED if is_put_off else Stage.UNTOLD

    def _telling(self, standing: Standing, now: float, *, muted: bool) -> Telling:
        fact, config = standing.fact, self.config
        labels = fact.labels
        severe = is_at_least(fact.severity, config.escalate_from)
        return Telling(
            group=group_of(labels, config.group_by),
            channels=channels_of(fact, config),
            muted=muted or self._is_doubtful(standing) or bool(self.silences.of(labels, now)),
            acknowledged=standing.acknowledged_by is not None,
            escalates_to=self._escalates_to(fact) if severe else (),
        )

    def _is_doubtful(self, standing: Standing) -> bool:
        """Whether it was read back, and siblings may have told its end since."""
        return standing.recalled_until is not None and self.siblings.others is not None

    def _escalates_to(self, fact: AlertFact) -> tuple[str, ...]:
        return those_that_want(self.config.escalate_to, fact.severity, self.config)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many alerts fire, by the condition or the rule, and by the severity."""
        fire = (one.fact for one in self.machine.alerts.values() if one.fires)
        return dict(Counter((fact.name, str(fact.severity)) for fact in fire))

    def known(self, key: str) -> Standing | None:
        """An alert that fires, or one whose end is still told."""
        return self.machine.alerts.get(key) or self.ended.get(key)

    # What a later process should know.

    def row(self, standing: Standing, now: float, wall: datetime) -> AlertRow:
        """An alert as a row."""
        fact, key = standing.fact, standing.fact.fingerprint
        return AlertRow(
            fingerprint=key,
            condition=fact.condition,
            rule=fact.rule,
            model_id=fact.model_id,
            severity=fact.severity,
            state=standing.state,
            text=fact.text,
            numbers=fact.numbers,
            labels=fact.own_labels,
            since=wall_time(standing.since, now, wall),
            ended=None if standing.ended is None else wall_time(standing.ended, now, wall),
            acknowledged_by=standing.acknowledged_by,
            acknowledged_reason=standing.acknowledged_reason,
            told_on=self.plan.told_on(key),
            escalated=self.plan.escalated(key),
        )

    def recall(self, rows: Iterable[Row], now: float, wall: datetime) -> None:
        """Go on where a former process ended."""
        for row in rows:
            if isinstance(row, SilenceRow):
                self._recall_silence(row, now, wall)
            else:
                self._recall_alert(row, now, wall)

    def _recall_silence(self, row: SilenceRow, now: float, wall: datetime) -> None:
        if row.ended or row.ends_at <= wall or self.silences.is_full:
            return
        begins = now + (row.starts_at - wall).total_seconds()
        ends = now + (row.ends_at - wall).total_seconds()
        self.silences.add(Silence(row.id, row.match, begins, ends, row.by, row.comment))

    def _recall_alert(self, row: AlertRow, now: float, wall: datetime) -> None:
        fact = AlertFact(
            row.condition,
            row.severity,
            row.model_id,
            row.rule,
            text=row.text,
            numbers=row.numbers,
            own_labels=row.labels,
            keep=self.config.keep,
        )
        standing = Standing(
            fact,
            row.state,
            now - (wall - row.since).total_seconds(),
            acknowledged_by=row.acknowledged_by,
            acknowledged_reason=row.acknowledged_reason,
        )
        if not standing.fires or fact.fingerprint != row.fingerprint:
            return
        self.machine.recall(now, standing)
        group = group_of(fact.labels, self.config.group_by)
        self.plan.recall(now, row.fingerprint, group, row.told_on)
        if row.escalated:
            self.plan.recall_escalated(row.fingerprint)


def _spans(config: AlertsConfig) -> Spans:
    return Spans(config.group_wait, config.group_interval, config.repeat, config.escalate_after)


def wall_time(point: float, now: float, wall: datetime) -> datetime:
    """A moment of the monotonic clock as people read it; `wall` is what `now` is to them."""
    return wall - timedelta(seconds=now - point)
