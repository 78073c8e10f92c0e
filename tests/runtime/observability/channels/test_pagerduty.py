"""Events of PagerDuty: one incident for each alert, whatever is told of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from hive_resilience.actors.alerting.notification import DeliveryError, Notification
from hive_resilience.actors.policies.health.alerts import AlertSeverity
from hive_resilience.config.settings.observability.channels import PagerDutyChannelConfig
from hive_resilience.runtime.observability.channels.http.pagerduty import PagerDutyChannel, event_of

from .channel_kit import an_alert, firing, resolved
from .receiver_kit import Behaviour, answers, receiver

KEY = "0123456789abcdef0123456789abcdef"


def sent(
    monkeypatch: pytest.MonkeyPatch, *notifications: Notification, key: str = KEY, **settings: Any
) -> list[Any]:
    return asyncio.run(_sent(monkeypatch, (answers(202),), notifications, key, settings))


async def _sent(
    monkeypatch: pytest.MonkeyPatch,
    then: tuple[Behaviour, ...],
    notifications: tuple[Notification, ...],
    key: str,
    settings: dict[str, Any],
) -> list[Any]:
    monkeypatch.setenv("PD_KEY", key)
    async with receiver(*then) as there:
        config = PagerDutyChannelConfig(
            name="it", routing_key_env="PD_KEY", url=there.url, **settings
        )
        channel = PagerDutyChannel(config)
        try:
            for notification in notifications:
                try:
                    await channel.send(notification)
                except DeliveryError:
                    await channel.send(notification)
        finally:
            await channel.close()
        return [request.json for request in there.arrived]


def check(event: dict[str, Any]) -> None:
    """What the reference of the Events API asks for."""
    assert event["event_action"] in ("trigger", "acknowledge", "resolve")
    assert len(event["routing_key"]) == 32
    assert 0 < len(event["dedup_key"]) <= 255
    if event["event_action"] == "resolve":
        return
    payload = event["payload"]
    assert 0 < len(payload["summary"]) <= 1024
    assert payload["source"]
    assert payload["severity"] in ("critical", "error", "warning", "info")
    datetime.fromisoformat(payload["timestamp"])
    assert all(link["href"].startswith("http") for link in event.get("links", []))


def test_one_alert_fires_is_acknowledged_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    begins = firing(1)
    seen = firing(1, an_alert(model_id="model-1", by="anna"))

    events = sent(monkeypatch, begins, seen, resolved(begins), source="shop")

    for event in events:
        check(event)
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {"shop/circuit_open-model-1"}
    payload = events[0]["payload"]
    assert payload["component"] == "model-1"
    assert payload["custom_details"]["failures"] == 0.25
    assert events[0]["links"][0]["href"] == "https://host/runbooks/circuit_open.md"


def test_each_alert_of_a_group_has_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    events = sent(monkeypatch, firing(1, an_alert(), an_alert("slow", ended=True)))

    assert [(e["event_action"], e["dedup_key"]) for e in events] == [
        ("trigger", "hive-resilience/circuit_open-gpt-5"),
        ("resolve", "hive-resilience/slow-gpt-5"),
    ]


def test_the_next_try_goes_on_behind_what_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    three = firing(1, *(an_alert(f"rule{n}") for n in range(3)))
    then = (answers(202), answers(500), answers(202))

    events = asyncio.run(_sent(monkeypatch, then, (three,), KEY, {}))

    names = [event["payload"]["class"] for event in events]
    assert names == ["rule0", "rule1", "rule1", "rule2"]


@pytest.mark.parametrize("severity", AlertSeverity)
def test_every_severity_is_one_of_theirs(severity: AlertSeverity) -> None:
    check(event_of(an_alert(severity=severity), firing(1), "s", KEY))


def test_the_longest_texts_fit() -> None:
    long = an_alert("n" * 300, "m" * 300, text="t" * 5_000)
    object.__setattr__(long, "fingerprint", "f" * 300)

    check(event_of(long, firing(1), "s" * 200, KEY))


def test_a_key_of_another_length_is_refused_before_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeliveryError, match="32 characters") as caught:
        sent(monkeypatch, firing(1), key="too-short")

    assert caught.value.permanent
    assert "too-short" not in str(caught.value)
