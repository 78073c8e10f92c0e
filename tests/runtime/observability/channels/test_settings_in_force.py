"""A channel hears of what its settings ask for, and a reload keeps what waits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from hive_resilience.actors.alerting.notification import (
    DeliveryError,
    DeliveryState,
    Notification,
    NotificationKind,
)
from hive_resilience.actors.policies.health.alerts import AlertSeverity
from hive_resilience.config.settings.observability.channels import LogChannelConfig
from hive_resilience.runtime.observability.channels.base import ConfiguredChannel
from hive_resilience.runtime.observability.channels.delivery import Delivery
from hive_resilience.testing import settle

from ....conftest import Virtual
from .channel_kit import Heard, Scripted, an_alert, firing, resolved


def test_a_reload_keeps_the_queue_of_what_keeps_its_name(virtual: Virtual) -> None:
    kept, heard = Scripted("kept", DeliveryError("answered 500")), Heard()
    changed = Scripted("changed", DeliveryError("answered 500"))
    gone = Scripted("gone", DeliveryError("answered 500"))
    after, new = Scripted("changed"), Scripted("new")

    async def story() -> None:
        delivery = Delivery([kept, changed, gone], heard)
        await delivery.start()
        for name in ("kept", "changed", "gone"):
            delivery.deliver(replace(firing(1), channel=name))
        await settle()
        await delivery.adopt([kept, after, new])
        delivery.deliver(replace(firing(2), channel="new"))
        await asyncio.sleep(20.0)
        await delivery.stop(5.0)

    virtual(story())

    assert kept.ids == ["n1"]
    assert (changed.ids, changed.is_closed, after.ids) == ([], True, ["n1"])
    assert gone.is_closed
    assert new.ids == ["n2"]
    removed = [record for record in heard.records if record.channel == "gone"]
    assert removed[-1].reason == "its channel was removed"


class Configured(ConfiguredChannel[LogChannelConfig]):
    """A channel of the settings that keeps what it is given."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(LogChannelConfig(name="it", **settings))
        self.got: list[Notification] = []
        self.recalled: list[Notification] = []

    async def send(self, notification: Notification) -> None:
        self.got.append(notification)

    def recall(self, notification: Notification) -> None:
        self.recalled.append(notification)


BOTH = firing(1, an_alert("a"), an_alert("b", severity=AlertSeverity.CRITICAL))


def told_to(channel: Configured, heard: Heard, virtual: Virtual) -> list[list[str]]:
    async def story() -> None:
        delivery = Delivery([channel], heard)
        await delivery.start()
        delivery.recall(BOTH)
        test = replace(firing(3, an_alert("c")), kind=NotificationKind.TEST)
        for notification in (BOTH, resolved(BOTH), firing(2, an_alert("d")), test):
            delivery.deliver(notification)
        await asyncio.sleep(10.0)
        await delivery.stop(5.0)

    virtual(story())
    return [[alert.name for alert in notification.alerts] for notification in channel.got]


def test_a_channel_hears_of_the_severities_that_its_settings_name(virtual: Virtual) -> None:
    channel, heard = Configured(severities=["critical"]), Heard()

    assert told_to(channel, heard, virtual) == [["b"], ["b"], ["c"]]
    assert next(r.fingerprints for r in heard.of(DeliveryState.DELIVERED)) == ("b-gpt-5",)
    assert [[a.name for a in one.alerts] for one in channel.recalled] == [["b"]]


def test_a_channel_hears_of_no_end_where_its_settings_say_so(virtual: Virtual) -> None:
    channel = Configured(send_resolved=False)

    assert told_to(channel, Heard(), virtual) == [["a", "b"], ["d"], ["c"]]
