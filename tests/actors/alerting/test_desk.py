"""Whatever happens, people are told each thing once, in order, and where it belongs."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from math import inf
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hive_resilience.actors.alerting.state import AlertingState
from hive_resilience.actors.policies.alerting.delivery_plan import (
    AFTER_FAILURE,
    Message,
    NotificationKind,
)
from hive_resilience.actors.policies.alerting.identity import AlertFact
from hive_resilience.actors.policies.alerting.machine import AlertState
from hive_resilience.actors.policies.alerting.silences import Silence
from hive_resilience.actors.policies.health.alerts import SEVERITIES, AlertCondition
from hive_resilience.config import AlertInhibitionConfig, AlertRouteConfig, AlertsConfig
from hive_resilience.config.settings.observability.channels import LogChannelConfig

CHANNELS = ("pager", "chat")
CONFIG = AlertsConfig(
    group_wait=10,
    group_interval=60,
    repeat="1h",
    escalate_after=300,
    keep=30,
    channels=[LogChannelConfig(name=name) for name in (*CHANNELS, "boss")],
    routes=[AlertRouteConfig(match={"alert": "*"}, channels=CHANNELS)],
    escalate_to=["boss"],
    inhibitions=[
        AlertInhibitionConfig(
            source={"alert": "misconfigured"}, target={"alert": "circuit_open"}, same=["model"]
        )
    ],
)
WALL = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = tuple(
    AlertFact(condition, SEVERITIES[condition], model_id, keep=30.0)
    for condition, model_id in [
        (AlertCondition.CIRCUIT_OPEN, "a"),
        (AlertCondition.CIRCUIT_OPEN, "b"),
        (AlertCondition.MODEL_UNAVAILABLE, "a"),
        (AlertCondition.NO_USABLE_MODEL, None),
        (AlertCondition.MISCONFIGURED, "b"),
    ]
)
FIRING, RESOLVED = NotificationKind.FIRING, NotificationKind.RESOLVED
REPEAT, ESCALATED = NotificationKind.REPEAT, NotificationKind.ESCALATED
KEYS = st.sampled_from([fact.fingerprint for fact in FACTS])


class Desk(RuleBasedStateMachine):
    """The pure parts as the actor joins them, and channels that take, fail and dawdle."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.state = AlertingState(CONFIG)
        self.waiting: dict[str, deque[Message]] = {}
        self.knows: dict[tuple[str, str], bool] = {}
        """What each channel was told, and whether it has arrived; until the end or a failure."""

    # What happens.

    @rule(fact=st.sampled_from(FACTS))
    def holds(self, fact: AlertFact) -> None:
        self.state.machine.report(self.now, fact)
        self.look()

    @rule(key=KEYS)
    def is_over(self, key: str) -> None:
        self.state.machine.clear(self.now, key)
        self.look()

    @rule(seconds=st.sampled_from([0.0, 1.0, 10.0, 31.0, 61.0, 301.0, 3_601.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        while (point := self.next_at()) <= until:
            self.now = max(self.now, point)
            self.look()
        self.now = until
        self.look()

    @rule(key=KEYS)
    def is_acknowledged(self, key: str) -> None:
        standing = self.state.machine.alerts.get(key)
        if standing is not None and standing.fires:
            self.state.machine.acknowledge(key, "me", None)
        self.look()

    @rule(model=st.sampled_from(["a", "b", "*"]), lasts=st.sampled_from([5.0, 100.0, 4_000.0]))
    def is_silenced(self, model: str, lasts: float) -> None:
        name = f"silence {model}"
        silence = Silence(name, {"model": model}, self.now, self.now + lasts, "me", "")
        self.state.silences.add(silence)
        self.look()

    @rule(model=st.sampled_from(["a", "b", "*"]))
    def a_silence_is_ended(self, model: str) -> None:
        self.state.silences.remove(f"silence {model}")
        self.look()

    @precondition(lambda self: any(self.waiting.values()))
    @rule(data=st.data(), taken=st.booleans())
    def a_channel_answers(self, data: st.DataObject, taken: bool) -> None:
        busy = [channel for channel, queue in self.waiting.items() if queue]
        self.answers(data.draw(st.sampled_from(busy)), taken=taken)
        self.look()

    # How the actor joins the parts.

    def next_at(self) -> float:
        silences = self.state.silences.next_at(self.now)
        return min(self.state.machine.next_at(self.now), self.state.plan.next_at, silences)

    def look(self) -> None:
        state = self.state
        state.machine.advance(self.now)
        for standing in state.machine.drain():
            assert standing.state in (AlertState.FIRING, AlertState.RESOLVED)
        state.silences.expire(self.now)
        tellings = state.tellings(self.now)
        for message in state.plan.look(self.now, tellings):
            self.check(message)
            self.waiting.setdefault(message.channel, deque()).append(message)

    def answers(self, channel: str, *, taken: bool) -> None:
        message = self.waiting[channel].popleft()
        if message.kind not in (FIRING, ESCALATED):
            return
        for key in message.keys:
            if taken and (channel, key) in self.knows:
                self.knows[channel, key] = True
            elif self.knows.get((channel, key)) is False:
                del self.knows[channel, key]
        if taken:
            self.state.plan.arrived(channel, message.keys)
        else:
            self.state.plan.failed(self.now, channel, message.keys)

    # What must be true of all that is said.

    def check(self, message: Message) -> None:
        assert message.keys
        assert len(set(message.keys)) == len(message.keys)
        alerts = self.state.machine.alerts
        superfluous = self.state.inhibited()
        for key in message.keys:
            at = (message.channel, key)
            standing = alerts.get(key)
            fires = standing is not None and standing.fires
            if message.kind is RESOLVED:
                assert self.knows.pop(at), "the end is told where the beginning has arrived"
                assert not fires
                continue
            assert fires, "what does not fire is not told"
            assert standing is not None
            assert key not in superfluous, "an inhibited alert is not told"
            assert not self.state.silences.of(standing.fact.labels, self.now)
            acknowledged = standing.state is AlertState.ACKNOWLEDGED
            if message.kind is FIRING:
                assert at not in self.knows, "no alert fires twice"
                self.knows[at] = False
            else:
                assert not acknowledged, "an acknowledged alert is let alone"
                assert message.kind is ESCALATED or self.knows[at]
                self.knows.setdefault(at, False)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What fires and is not muted has been told, or will be by itself."""
        state = self.state
        for key, telling in state.tellings(self.now).items():
            for channel in () if telling.muted else telling.channels:
                if (channel, key) not in self.knows:
                    assert state.plan.next_at < inf, f"{key} is never told on {channel}"

    def teardown(self) -> None:
        """All is over, and every channel works again: each has heard of every end."""
        for silence in self.state.silences:
            self.state.silences.remove(silence.id)
        for _ in range(4):
            for channel, queue in self.waiting.items():
                while queue:
                    self.answers(channel, taken=True)
            self.time_passes(AFTER_FAILURE)
        told = {key for (_, key) in self.knows}
        firing = {key for key, one in self.state.machine.alerts.items() if one.fires}
        for key, telling in self.state.tellings(self.now).items():
            if not telling.muted:
                assert all((channel, key) in self.knows for channel in CHANNELS)
        assert told <= firing, "a channel was not told the end"
        for key in firing:
            self.state.machine.clear(self.now, key)
        for _ in range(4):
            self.time_passes(120.0)
            for channel, queue in self.waiting.items():
                while queue:
                    self.answers(channel, taken=True)
        assert self.knows == {}
        assert self.state.plan._lines == {} or not self.state.plan.told


TestDesk: Any = Desk.TestCase
TestDesk.settings = settings(max_examples=25, stateful_step_count=30)


@pytest.mark.conformance
class TestDeskForLong(Desk.TestCase):  # type: ignore[misc, valid-type]
    """The same, for long."""

    settings = settings(max_examples=3_000, stateful_step_count=60)
