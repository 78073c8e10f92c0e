"""Mail goes over a protected connection, and what is told of an alert becomes one thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from hive_resilience.actors.alerting.notification import (
    DeliveryError,
    Notification,
    NotificationKind,
)
from hive_resilience.actors.policies.alerting.delivery import DeliveryRules
from hive_resilience.config.errors import ConfigurationError
from hive_resilience.config.settings.observability.channels import EmailChannelConfig
from hive_resilience.runtime.observability.channels.delivery import Delivery
from hive_resilience.runtime.observability.channels.digest import as_one
from hive_resilience.runtime.observability.channels.mail import EmailChannel, message_of

from .channel_kit import Heard, Scripted, an_alert, firing, resolved, until, within
from .tls_kit import PEM, server_context

WORD = "correct horse"
Given = dict[str, Any]
WHERE: Given = {
    "sender": "hive@example.com",
    "recipients": ["ops@example.com", "on-call@example.com"],
}


class Postbox:
    """What arrives; `says` is the answer to DATA, and `stalls` keeps it back."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.secure: list[bool] = []
        self.says = "250 taken"
        self.stalls = False

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        self.secure.append(session.ssl is not None)
        if self.stalls:
            await asyncio.sleep(30.0)
        self.mails.append(envelope)
        return self.says

    def read(self) -> list[EmailMessage]:
        contents = [mail.content for mail in self.mails]
        return [message_from_bytes(one, policy=modern) for one in contents if type(one) is bytes]


@asynccontextmanager
async def mail_server(box: Postbox, security: str = "starttls") -> AsyncGenerator[int, None]:
    def enter(*given: Any) -> AuthResult:
        login = given[4]
        assert isinstance(login, LoginPassword)
        is_right = (login.login, login.password) == (b"hive", WORD.encode())
        return AuthResult(success=is_right, handled=False)

    def protocol() -> SMTP:
        return SMTP(
            box,
            hostname="localhost",
            authenticator=enter,
            auth_require_tls=False,
            tls_context=server_context() if security == "starttls" else None,
            require_starttls=security == "starttls",
        )

    context = server_context() if security == "tls" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.02)  # the ends of its connections


def a_channel(port: int, **settings: Any) -> EmailChannel:
    usual: Given = {"name": "it", "host": "localhost", "port": port, "ca_file": PEM}
    given: Given = {**usual, **WHERE, **settings}
    return EmailChannel(EmailChannelConfig(**given))


def sent(box: Postbox, *notifications: Notification, **settings: Any) -> list[EmailMessage]:
    async def story() -> list[EmailMessage]:
        async with mail_server(box, settings.get("security", "starttls")) as port:
            channel = a_channel(port, **settings)
            for notification in notifications:
                await channel.send(notification)
            await channel.close()
            return box.read()

    return asyncio.run(story())


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_it_arrives_over_a_connection_as_it_is_set(security: str) -> None:
    box = Postbox()

    mail = sent(box, firing(1, an_alert(text="größer \N{SNOWMAN}")), security=security)[0]

    assert box.secure == [security == "starttls"]  # aiosmtpd notes no TLS from the beginning
    assert box.mails[0].rcpt_tos == ["ops@example.com", "on-call@example.com"]
    assert mail["Subject"] == "Firing: circuit_open of gpt-5 (error)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == [
        "Firing: circuit_open of gpt-5 (error)",
        "größer \N{SNOWMAN}",
        "Since 2026-11-27 23:02:10 UTC",
        "What to do: https://host/runbooks/circuit_open.md",
    ]


def test_what_is_told_of_an_alert_is_one_thread() -> None:
    begins = firing(1)
    again = replace(begins, id="n1-again", kind=NotificationKind.REPEAT)
    another = firing(2)

    first, second, end, other = sent(Postbox(), begins, again, resolved(begins), another)

    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == end["In-Reply-To"] == first["Message-ID"]
    assert end["References"] == first["Message-ID"]
    assert len({mail["Message-ID"] for mail in (first, second, end, other)}) == 4


def test_a_try_again_is_the_same_mail_and_a_new_outbreak_a_new_thread() -> None:
    once = message_of(firing(1), "a@b", ("c@d",))
    twice = message_of(firing(1), "a@b", ("c@d",))
    later = replace(an_alert(), started_at=an_alert().started_at.replace(year=2027))

    assert once["Message-ID"] == twice["Message-ID"]
    assert message_of(firing(1, later), "a@b", ("c@d",))["Message-ID"] != once["Message-ID"]


def test_a_digest_is_in_no_thread() -> None:
    mail = message_of(as_one((firing(1), firing(2))), "a@b", ("c@d",))

    assert mail["In-Reply-To"] is None
    assert mail["Subject"] == "2 notifications: 2 firing, 0 resolved"


def test_no_name_begins_a_header_of_its_own() -> None:
    evil = an_alert("a\r\nBcc: evil@example.com", "b\nX: y", text="t\r\n.\r\nMAIL FROM:<x>")

    mail = sent(Postbox(), firing(1, evil))[0]

    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "a@b\r\nBcc: c@d"},
        {"recipients": ["a@b\n"]},
        {"recipients": ["Anna <a@b>"]},
        {"recipients": []},
        {"host": "host\r\nX"},
        {"host": "host:25"},
        {"username": "me"},
        {"password_env": "WORD"},
        {"username": "me", "password_env": "WORD", "security": "none"},
        {"port": 0},
    ],
)
def test_what_cannot_be_sent_is_refused_in_the_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        EmailChannelConfig.model_validate({"name": "it", "host": "host", **WHERE, **wrong})


def test_a_login_goes_over_the_protected_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", WORD)

    assert sent(Postbox(), firing(1), username="hive", password_env="WORD")


async def error_of(channel: EmailChannel) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(firing())
    await channel.close()
    assert caught.value.__context__ is None  # the words of the server are in there
    return caught.value


def refusal(box: Postbox, offers: str = "starttls", **settings: Any) -> DeliveryError:
    async def story() -> DeliveryError:
        async with mail_server(box, offers) as port:
            return await error_of(a_channel(port, **settings))

    return asyncio.run(story())


def test_a_wrong_password_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "hunter2")

    error = refusal(Postbox(), username="hive", password_env="WORD")

    assert error.reason == "the mail server refused the login (535)"


@pytest.mark.parametrize(("code", "permanent"), [(451, False), (550, True)])
def test_a_refusal_for_good_is_not_tried_again(code: int, permanent: bool) -> None:
    box = Postbox()
    box.says = f"{code} 5.7.1 no, canary"

    error = refusal(box)

    assert (error.reason, error.permanent) == (f"the mail server answered {code}", permanent)


def test_without_starttls_nothing_is_sent() -> None:
    box = Postbox()

    error = refusal(box, "none")

    assert error.permanent
    assert "no STARTTLS" in error.reason
    assert box.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_its_own_is_not_trusted(security: str) -> None:
    box = Postbox()

    error = refusal(box, security, security=security, ca_file=None)

    assert error.reason == "the certificate of the mail server does not hold"
    assert box.mails == []


def test_a_certificate_of_another_name_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    def here(_: Any, *rest: Any, **more: Any) -> Any:
        return found("127.0.0.1", *rest, **more)

    found = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", here)

    error = refusal(Postbox(), host="mail.example.com")

    assert error.reason == "the certificate of the mail server does not hold"


def test_a_file_without_authorities_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="no PEM file"):
        a_channel(1, ca_file=__file__)


def threads_of_mail() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "alerts it"]


def test_a_server_that_stalls_in_data_delays_nothing_and_its_thread_ends() -> None:
    box, well, heard = Postbox(), Scripted("well"), Heard()
    box.stalls = True
    rules = DeliveryRules(limit=0.3, waits=(), spacing=0.0)

    async def story() -> tuple[float, float]:
        async with mail_server(box) as port:
            delivery = Delivery([a_channel(port), well], heard, rules=rules)
            await delivery.start()
            for number in range(3):
                delivery.deliver(firing(number, channel="well"))
            delivery.deliver(firing(1, channel="it"))
            late = await within(1.0, until(lambda: len(well.got) == 3))
            await until(lambda: bool(heard.reasons) and not threads_of_mail())
            end = await within(3.0, delivery.stop(0.5))
            return late, end

    late, end = asyncio.run(story())

    assert late <= 1.0
    assert end <= 1.5
    assert heard.reasons[0] == "not done after 0.3 s"


def test_a_server_that_is_not_there() -> None:
    assert "does not listen" in asyncio.run(error_of(a_channel(1))).reason
