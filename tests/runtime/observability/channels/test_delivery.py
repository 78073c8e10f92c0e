"""Each channel has a queue and a task of its own: none delays another, nor the end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from hive_resilience.actors.alerting.notification import (
    DeliveryError,
    DeliveryState,
    Notification,
    NotificationKind,
)
from hive_resilience.runtime.observability.channels.delivery import Delivery
from hive_resilience.testing import settle

from ....conftest import Virtual
from .channel_kit import Heard, Scripted, firing, resolved

FOR_EVER = 1e9


def test_a_notification_arrives_and_is_recorded(virtual: Virtual) -> None:
    channel, heard = Scripted(), Heard()

    async def story() -> None:
        delivery = Delivery([channel], heard)
        await delivery.start()
        delivery.deliver(firing(1))
        await settle()
        await delivery.stop(5.0)

    virtual(story())

    assert channel.ids == ["n1"]
    assert [(r.state, r.tries) for r in heard.records] == [
        (DeliveryState.QUEUED, 0),
        (DeliveryState.DELIVERED, 1),
    ]
    assert heard.records[0].fingerprints == ("circuit_open-model-1",)
    assert channel.is_closed


def test_a_channel_that_fails_is_tried_five_times(virtual: Virtual) -> None:
    channel, heard = Scripted("it", *[DeliveryError("answered 500")] * 5), Heard()

    async def story() -> None:
        delivery = Delivery([channel], heard)
        await delivery.start()
        delivery.deliver(firing(1))
        await asyncio.sleep(1_000.0)
        await delivery.stop(5.0)

    virtual(story())

    assert channel.tried == [0.0, 5.0, 35.0, 155.0, 755.0]
    assert heard.ends == [("n1", "failed")]
    assert [record.tries for record in heard.records] == [0, 1, 2, 3, 4, 5]
    assert set(heard.reasons) == {"answered 500"}


def test_one_that_hangs_delays_no_other(virtual: Virtual) -> None:
    dead, well = Scripted("dead", *[FOR_EVER] * 9), Scripted("well")

    async def story() -> None:
        delivery = Delivery([dead, well], Heard())
        await delivery.start()
        for number in range(5):
            for name in ("dead", "well"):
                delivery.deliver(replace(firing(number), channel=name))
        await asyncio.sleep(30.0)
        await delivery.stop(5.0)

    virtual(story())

    assert well.times == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert dead.tried[:3] == [0.0, 10.0, 20.0]


class Stubborn(Scripted):
    """Its call ignores that it is cancelled."""

    async def send(self, notification: Notification) -> None:
        while True:
            try:
                await asyncio.sleep(FOR_EVER)
            except asyncio.CancelledError:
                continue


def test_a_call_that_will_not_end_is_left_behind(virtual: Virtual) -> None:
    heard = Heard()

    async def story() -> float:
        delivery = Delivery([Stubborn()], heard)
        await delivery.start()
        delivery.deliver(firing(1))
        await asyncio.sleep(12.0)
        began = asyncio.get_running_loop().time()
        await delivery.stop(5.0)
        return asyncio.get_running_loop().time() - began

    assert virtual(story()) <= 5.0
    assert heard.reasons[0] == "not done after 10 s"


def test_the_end_sends_what_is_new_and_takes_no_longer_than_it_may(virtual: Virtual) -> None:
    dead, well, heard = Scripted("dead", *[FOR_EVER] * 9), Scripted("well"), Heard()

    async def story() -> float:
        delivery = Delivery([dead, well], heard)
        await delivery.start()
        for name in ("dead", "well"):
            for number in range(3):
                delivery.deliver(replace(firing(number), channel=name))
        began = asyncio.get_running_loop().time()
        await delivery.stop(5.0)
        delivery.deliver(firing(9, channel="well"))
        return asyncio.get_running_loop().time() - began

    took = virtual(story())

    assert took <= 5.0
    assert well.ids == ["n0", "n1", "n2"]
    assert well.is_closed
    assert dead.is_closed
    assert [r.reason for r in heard.of(DeliveryState.FAILED)] == ["the runtime ended first"] * 3
    assert heard.ends[-1] == ("n9", "dropped")


def test_what_waits_for_its_next_try_does_not_hold_up_the_end(virtual: Virtual) -> None:
    channel, heard = Scripted("it", DeliveryError("answered 500")), Heard()

    async def story() -> float:
        delivery = Delivery([channel], heard)
        await delivery.start()
        delivery.deliver(firing(1))
        await settle()
        began = asyncio.get_running_loop().time()
        await delivery.stop(5.0)
        return asyncio.get_running_loop().time() - began

    assert virtual(story()) == 0.0
    assert heard.ends == [("n1", "failed")]


def test_a_retry_of_firing_after_its_end_sends_both_in_order(virtual: Virtual) -> None:
    channel = Scripted("it", DeliveryError("answered 503"))

    async def story() -> None:
        delivery = Delivery([channel], Heard())
        await delivery.start()
        delivery.deliver(firing(1))
        await settle()
        delivery.deliver(resolved(firing(1)))
        await asyncio.sleep(20.0)
        await delivery.stop(5.0)

    virtual(story())

    assert channel.ids == ["n1", "n1-end"]
    assert channel.times == [5.0, 6.0]
    assert channel.got[0][1].kind is NotificationKind.FIRING


def test_a_flood_becomes_a_digest_that_says_how_many(virtual: Virtual) -> None:
    channel, heard = Scripted(), Heard()

    async def story() -> None:
        delivery = Delivery([channel], heard)
        await delivery.start()
        delivery.deliver(firing(0))
        await settle()
        for number in range(1, 60):
            delivery.deliver(firing(number))
        delivery.deliver(resolved(firing(7)))
        await asyncio.sleep(10.0)
        await delivery.stop(5.0)

    virtual(story())

    digest = channel.got[1][1]
    assert len(channel.got) == 2
    assert (digest.notifications, len(digest.alerts)) == (60, 59)
    assert [a.fingerprint for a in digest.alerts if a.ended_at] == ["circuit_open-model-7"]
    assert len(heard.of(DeliveryState.DELIVERED)) == 61


def test_a_digest_has_the_same_id_in_each_try(virtual: Virtual) -> None:
    channel = Scripted("it", FOR_EVER)
    ids: list[str] = []
    send = channel.send

    async def noted(notification: Notification) -> None:
        ids.append(notification.id)
        await send(notification)

    channel.send = noted  # type: ignore[method-assign]

    async def story() -> None:
        delivery = Delivery([channel], Heard())
        await delivery.start()
        for number in range(8):
            delivery.deliver(firing(number))
        await asyncio.sleep(30.0)
        await delivery.stop(5.0)

    virtual(story())

    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_a_full_queue_drops_and_says_so(virtual: Virtual) -> None:
    channel, heard = Scripted("it", FOR_EVER), Heard()

    async def story() -> None:
        delivery = Delivery([channel], heard)
        await delivery.start()
        for number in range(103):
            delivery.deliver(firing(number))
        await settle()
        await delivery.stop(1.0)

    virtual(story())

    assert [r.notification_id for r in heard.of(DeliveryState.DROPPED)] == ["n100", "n101", "n102"]
    assert heard.of(DeliveryState.DROPPED)[0].reason == "100 wait already"


def test_an_unknown_channel_is_told_of(virtual: Virtual) -> None:
    heard = Heard()

    async def story() -> None:
        Delivery([], heard).deliver(firing(1))

    virtual(story())

    assert [(r.state, r.reason) for r in heard.records] == [
        (DeliveryState.DROPPED, "there is no such channel")
    ]


def test_words_of_a_foreign_error_go_nowhere(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    channel, heard = Scripted("it", *[ValueError("sk-secret at https://host/key")] * 5), Heard()

    async def story() -> None:
        delivery = Delivery([channel], heard)
        await delivery.start()
        delivery.deliver(firing(1))
        await asyncio.sleep(1_000.0)
        await delivery.stop(5.0)

    with caplog.at_level(logging.DEBUG):
        virtual(story())

    assert set(heard.reasons) == {"failed with ValueError"}
    assert "secret" not in caplog.text
    assert "given up" in caplog.text


def test_a_listener_of_records_that_fails_stops_nothing(virtual: Virtual) -> None:
    channel = Scripted()

    def fail(_: object) -> None:
        raise RuntimeError("it fails")

    async def story() -> None:
        delivery = Delivery([channel], fail)
        await delivery.start()
        delivery.deliver(firing(1))
        delivery.deliver(firing(2))
        await asyncio.sleep(3.0)
        await delivery.stop(5.0)

    virtual(story())

    assert channel.ids == ["n1", "n2"]
