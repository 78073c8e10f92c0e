"""Receivers that are dead, slow, moved or full: told in our words, and delaying nothing else."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from hive_resilience.actors.alerting.notification import DeliveryError, DeliveryState
from hive_resilience.actors.policies.alerting.delivery import DeliveryRules
from hive_resilience.config.settings.observability.channels import WebhookChannelConfig
from hive_resilience.runtime.observability.channels.delivery import Delivery
from hive_resilience.runtime.observability.channels.http.webhook import WebhookChannel

from .channel_kit import Heard, Scripted, firing, until, within
from .receiver_kit import (
    Behaviour,
    answers,
    closes,
    dribbles,
    hangs,
    keeps_its_body,
    receiver,
)

QUICK = DeliveryRules(limit=0.15, waits=(0.01, 0.01), spacing=0.0)


def webhook(url: str, **settings: Any) -> WebhookChannel:
    return WebhookChannel(WebhookChannelConfig(name="it", url=url, **settings))


async def error_of(channel: WebhookChannel, limit: float = 2.0) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        async with asyncio.timeout(limit):
            await channel.send(firing())
    await channel.close()
    assert caught.value.__context__ is None  # the client's error has the URL in its text
    return caught.value


REFUSALS: Mapping[str, tuple[Behaviour, str, bool]] = {
    "500": (answers(500), "answered 500", False),
    "429": (answers(429), "answered 429", False),
    "404": (answers(404), "answered 404", True),
    "301": (answers(301, "location: /elsewhere"), "redirects are not followed", True),
    "307": (answers(307, "location: /elsewhere"), "redirects are not followed", False),
    "304": (answers(304), "redirects are not followed", True),
    "closes": (closes, "closed the connection", False),
}


@pytest.mark.parametrize("how", REFUSALS)
def test_only_2xx_means_that_it_has_been_taken(how: str) -> None:
    behaviour, reason, permanent = REFUSALS[how]

    async def story() -> tuple[DeliveryError, int]:
        async with receiver(behaviour) as there:
            channel = webhook(there.url)
            error = await error_of(channel)
            await channel.close()
            return error, len(there.arrived)

    error, asked = asyncio.run(story())

    assert reason in error.reason
    assert error.permanent is permanent
    assert asked == 1


@pytest.mark.parametrize("status", [200, 202, 204])
def test_each_2xx_will_do_and_its_body_is_not_waited_for(status: int) -> None:
    async def story() -> int:
        async with receiver(answers(status), keeps_its_body) as there:
            channel = webhook(there.url)
            await within(2.0, channel.send(firing(1)))
            await within(2.0, channel.send(firing(2)))
            await channel.close()
            return len(there.arrived)

    assert asyncio.run(story()) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heard(status: int) -> None:
    async def story() -> DeliveryError:
        async with receiver(answers(status, "retry-after: 7")) as there:
            channel = webhook(there.url)
            error = await error_of(channel)
            await channel.close()
            return error

    assert asyncio.run(story()).retry_after == 7.0


def test_410_disables_the_channel() -> None:
    async def story() -> tuple[DeliveryError, int]:
        async with receiver(answers(410), answers(200)) as there:
            channel = webhook(there.url)
            await error_of(channel)
            again = await error_of(channel)
            await channel.close()
            return again, len(there.arrived)

    error, asked = asyncio.run(story())

    assert error.permanent
    assert "410" in error.reason
    assert asked == 1


def test_nothing_listens() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]

    error = asyncio.run(error_of(webhook(f"http://127.0.0.1:{port}/")))

    assert error.reason == "no connection to the receiver"


def test_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lost)

    error = asyncio.run(error_of(webhook("http://receiver.invalid/")))

    assert error.reason == "the name of the receiver is not found"


def test_a_certificate_of_its_own_is_not_trusted() -> None:
    from .tls_kit import server_context

    async def story() -> DeliveryError:
        async with receiver(tls=server_context()) as there:
            channel = webhook(there.url)
            error = await error_of(channel)
            await channel.close()
            await asyncio.sleep(0.02)  # the end of the TLS connection
            return error

    assert asyncio.run(story()).reason == "the certificate of the receiver does not hold"


class NameServer:
    """Answers no question until it is told to."""

    def __init__(self) -> None:
        import threading

        self.gate = threading.Event()

    def __call__(self, *_: Any, **__: Any) -> Any:
        self.gate.wait(20.0)
        raise socket.gaierror(-2, "Name or service not known")


DEAD: Mapping[str, Behaviour] = {
    "hangs": hangs,
    "500": answers(500),
    "301": answers(301, "location: /"),
    "429": answers(429, "retry-after: 30"),
    "closes": closes,
    "dribbles": dribbles,
}


@pytest.mark.parametrize("how", [*DEAD, "no names"])
def test_no_dead_receiver_delays_another_channel_or_the_end(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", names)
    well, heard = Scripted("well"), Heard()

    async def story() -> tuple[float, float]:
        async with receiver(DEAD.get(how, hangs)) as there:
            url = "http://receiver.invalid/" if how == "no names" else there.url
            delivery = Delivery([webhook(url), well], heard, rules=QUICK)
            await delivery.start()
            for number in range(3):
                delivery.deliver(replace(firing(number), channel="it"))
                delivery.deliver(replace(firing(number), channel="well"))
            late = await within(1.0, until(lambda: len(well.got) == 3))
            await until(lambda: bool(heard.reasons))
            end = await within(3.0, delivery.stop(0.5))
            return late, end

    late, end = asyncio.run(story())
    names.gate.set()

    assert late <= 1.0
    assert end <= 1.5
    assert all(record.channel == "it" for record in heard.of(DeliveryState.FAILED))


def test_a_program_ends_although_a_name_is_looked_up_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", names)

    async def story() -> None:
        delivery = Delivery([webhook("http://receiver.invalid/")], Heard(), rules=QUICK)
        await delivery.start()
        delivery.deliver(firing())
        await asyncio.sleep(0.05)
        await delivery.stop(0.1)

    import time

    began = time.monotonic()
    asyncio.run(story())  # waits for the threads of the loop
    took = time.monotonic() - began
    names.gate.set()

    assert took < 10.0


def test_a_receiver_that_comes_back_gets_what_waited(caplog: pytest.LogCaptureFixture) -> None:
    heard = Heard()

    rules = DeliveryRules(waits=(0.01, 0.01), spacing=0.0)

    async def story() -> list[str]:
        async with receiver(answers(500), closes, answers(200)) as there:
            delivery = Delivery([webhook(there.url)], heard, rules=rules)
            await delivery.start()
            delivery.deliver(firing())
            await until(lambda: bool(heard.ends))
            await delivery.stop(1.0)
            return [request.headers["webhook-id"] for request in there.arrived]

    with caplog.at_level(logging.DEBUG):
        ids = asyncio.run(story())

    assert ids == ["n1"] * 3
    assert heard.ends == [("n1", "delivered")]
