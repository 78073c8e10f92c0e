"""Channels inside of the program: the log, a function of its own, and Apprise."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any

import pytest

from hive_resilience.actors.alerting.notification import DeliveryError, Notification
from hive_resilience.actors.policies.alerting.delivery import DeliveryRules
from hive_resilience.actors.policies.health.alerts import AlertSeverity
from hive_resilience.config.errors import ConfigurationError
from hive_resilience.config.settings.observability.channels import (
    AppriseChannelConfig,
    CallbackChannelConfig,
    LogChannelConfig,
)
from hive_resilience.runtime.observability.channels.apprise_channel import AppriseChannel
from hive_resilience.runtime.observability.channels.callback import CallbackChannel
from hive_resilience.runtime.observability.channels.delivery import Delivery
from hive_resilience.runtime.observability.channels.log_channel import LogChannel

from .channel_kit import Heard, Scripted, an_alert, firing, resolved, until, within
from .receiver_kit import answers, receiver


def a_callback(function: Any) -> CallbackChannel:
    return CallbackChannel(CallbackChannelConfig(name="it", function=function))


# The log.


def test_the_log_has_a_record_for_each_alert(caplog: pytest.LogCaptureFixture) -> None:
    channel = LogChannel(LogChannelConfig(name="it"))
    severe = an_alert("slow", severity=AlertSeverity.CRITICAL, text="a\nforged line")

    async def story() -> None:
        await channel.send(firing(1, severe, an_alert()))
        await channel.send(resolved(firing(1, severe)))

    with caplog.at_level(logging.INFO):
        asyncio.run(story())

    assert [record.levelno for record in caplog.records] == [
        *(logging.CRITICAL, logging.ERROR, logging.INFO)
    ]
    assert caplog.messages[0] == (
        "alert firing: slow model=gpt-5 severity=critical fingerprint=slow-gpt-5: a forged line"
    )
    assert caplog.messages[2].startswith("alert resolved: slow")


# A function of the program.


def test_a_coroutine_runs_on_the_loop_and_a_function_in_a_thread() -> None:
    seen: list[tuple[str, str]] = []

    async def on_the_loop(notification: Notification) -> None:
        seen.append((notification.id, threading.current_thread().name))

    def blocking(notification: Notification) -> None:
        seen.append((notification.id, threading.current_thread().name))

    async def story() -> None:
        await a_callback(on_the_loop).send(firing(1))
        await a_callback(blocking).send(firing(2))

    asyncio.run(story())

    assert seen == [("n1", threading.main_thread().name), ("n2", "alerts it")]


def test_a_coroutine_that_a_function_returns_is_awaited() -> None:
    seen: list[str] = []

    async def note(notification: Notification) -> None:
        seen.append(notification.id)

    def begin(notification: Notification) -> object:
        return note(notification)

    asyncio.run(a_callback(begin).send(firing(1)))

    assert seen == ["n1"]


@pytest.mark.parametrize(
    ("error", "is_async"),
    [
        *((ValueError("canary"), True), (ValueError("canary"), False)),
        *((StopIteration(), True), (StopIteration(), False)),
        (SystemExit(3), False),
    ],
)
def test_its_failure_is_contained_and_its_words_are_not_told(
    error: BaseException, is_async: bool
) -> None:
    async def fail_on_the_loop(_: Notification) -> None:
        raise error

    def fail(_: Notification) -> None:
        raise error

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(a_callback(fail_on_the_loop if is_async else fail).send(firing(1)))

    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_error_of_ours_from_a_function_is_passed_on() -> None:
    def later(_: Notification) -> None:
        raise DeliveryError("not now", retry_after=60.0)

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(a_callback(later).send(firing(1)))

    assert caught.value.retry_after == 60.0


def test_a_function_that_hangs_is_left_behind_and_not_called_again() -> None:
    gate, calls = threading.Event(), list[str]()

    def hang(notification: Notification) -> None:
        calls.append(notification.id)
        gate.wait(20.0)

    well, heard = Scripted("well"), Heard()
    rules = DeliveryRules(limit=0.1, waits=(0.01,), spacing=0.0)

    async def story() -> None:
        delivery = Delivery([a_callback(hang), well], heard, rules=rules)
        await delivery.start()
        delivery.deliver(firing(1))
        delivery.deliver(firing(1, channel="well"))
        await within(1.0, until(lambda: bool(well.got)))
        await until(lambda: ("n1", "failed") in heard.ends)
        hung = [thread for thread in threading.enumerate() if thread.name == "alerts it"]
        assert [thread.daemon for thread in hung] == [True]  # it keeps no program from ending
        await within(3.0, delivery.stop(0.5))

    began = time.monotonic()
    asyncio.run(story())
    took = time.monotonic() - began
    gate.set()

    assert took < 10.0
    assert calls == ["n1"]
    assert heard.reasons == ["not done after 0.1 s", "the try before hangs"]


def test_without_a_function_it_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="needs a function, which is given in Python"):
        a_callback(None)


# Apprise.


old_fashioned = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Apprise imports a module of the standard library that is to go."""


def apprise(monkeypatch: pytest.MonkeyPatch, url: str) -> AppriseChannel:
    monkeypatch.setenv("ITS_URL", url)
    return AppriseChannel(AppriseChannelConfig(name="it", url_env="ITS_URL"))


@old_fashioned
def test_a_service_of_apprise_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> Any:
        async with receiver(answers(200)) as there:
            url = there.url.replace("http://", "json://")
            await apprise(monkeypatch, url).send(firing(1))
            return there.arrived[0].json

    body = asyncio.run(story())

    assert body["title"] == "Firing: circuit_open of model-1 (error)"
    assert body["type"] == "failure"
    assert len(body["message"]) <= 1_000


@old_fashioned
@pytest.mark.parametrize("wrong", ["json://127.0.0.1:1/canary-4711", "nothing://canary-4711"])
def test_a_service_that_fails_tells_no_url(
    wrong: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        asyncio.run(apprise(monkeypatch, wrong).send(firing(1)))

    assert "canary" not in caplog.text + str(caught.value)


@old_fashioned
def test_what_apprise_says_to_others_still_reaches_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DeliveryError):
        asyncio.run(apprise(monkeypatch, "nothing://x").send(firing(1)))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("apprise").warning("of another part of the program")

    assert "another part" in caplog.text


@old_fashioned
def test_a_logger_that_a_service_brings_is_silent_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Service:
        def __init__(self) -> None:
            self.log = logging.getLogger("paho.made.by.this.test")

        def notify(self, **_: Any) -> bool:
            self.log.warning("connecting with canary-4711")
            return True

    import apprise as library

    def instantiate(_: str) -> Service:
        return Service()

    monkeypatch.setattr(library.Apprise, "instantiate", instantiate)
    with caplog.at_level(logging.DEBUG):
        asyncio.run(apprise(monkeypatch, "paho://x").send(firing(1)))

    assert "canary" not in caplog.text
