"""No key, no URL of a channel and no prompt gets into what is sent, logged, recorded or shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from hive_resilience.actors.alerting.notification import Notification
from hive_resilience.actors.policies.alerting.delivery import DeliveryRules
from hive_resilience.config.settings.observability.channels import (
    KINDS,
    AlertmanagerChannelConfig,
    AnyOfThem,
    AppriseChannelConfig,
    CallbackChannelConfig,
    EmailChannelConfig,
    LogChannelConfig,
    PagerDutyChannelConfig,
    SlackChannelConfig,
    WebhookChannelConfig,
)
from hive_resilience.runtime.observability.channels.delivery import Delivery
from hive_resilience.runtime.observability.channels.making import make_channels

from ...executors.canary import found_in
from .channel_kit import Heard, firing, until
from .receiver_kit import Arrived, Behaviour, answers, closes, hangs, receiver
from .tls_kit import PEM, server_context

KEY = "c4n4ryQ7x1Zk9W2vB3mTz8"
PROMPT = "why is the canary yellow"
PATIENT = DeliveryRules(limit=20.0, waits=(0.01,), spacing=0.0)
"""A busy machine takes long to import Apprise."""
QUICK = DeliveryRules(limit=0.2, waits=(), spacing=0.0)


async def tells(writer: Any) -> None:
    """An answer that tells everything it was given."""
    told = f"{KEY} {PROMPT}"
    head = f"HTTP/1.1 500 {told}\r\nx-told: {told}\r\nretry-after: {told}"
    writer.write(f"{head}\r\ncontent-length: {len(told)}\r\n\r\n{told}".encode())
    await writer.drain()


async def is_no_http(writer: Any) -> None:
    writer.write(f"{KEY}: {PROMPT}\r\n\r\n".encode())
    await writer.drain()
    writer.close()


async def moves(writer: Any) -> None:
    writer.write(f"HTTP/1.1 302 -\r\nlocation: /{KEY}\r\ncontent-length: 0\r\n\r\n".encode())
    await writer.drain()


def raises(_: Notification) -> None:
    raise ValueError(f"{KEY} {PROMPT}")


def settings_of(kind: str, port: int, tmp_path: Path) -> AnyOfThem:
    """A channel whose URL, keys and words are all the canary."""
    key = tmp_path / "secret"
    key.write_text(KEY[:32].ljust(32, "0"))
    match kind:
        case "log":
            return LogChannelConfig(name=kind)
        case "callback":
            return CallbackChannelConfig(name=kind, function=raises)
        case "webhook":
            return WebhookChannelConfig(
                name=kind, url_env="ITS_URL", secret_env="ITS_SECRET", authorization_env="ITS_KEY"
            )
        case "slack":
            return SlackChannelConfig(name=kind, url_env="ITS_URL")
        case "pagerduty":
            url = f"http://127.0.0.1:{port}/v2/enqueue"
            return PagerDutyChannelConfig(name=kind, routing_key_file=str(key), url=url)
        case "alertmanager":
            return AlertmanagerChannelConfig(
                name=kind, url_env="ITS_URL", authorization_file=str(key)
            )
        case _:
            return AppriseChannelConfig(name=kind, url_env="ITS_SERVICE")


async def story(kind: str, behaviour: Behaviour, tmp_path: Path, set_env: Any) -> Iterator[str]:
    """Everything that can be seen of a channel that meets such a receiver."""
    async with receiver(behaviour) as there:
        port = int(there.url.split(":")[2].split("/")[0])
        user = f"me:{KEY}@" if kind == "slack" else ""  # the others have a key of their own
        set_env("ITS_URL", f"http://{user}127.0.0.1:{port}/{KEY}?key={KEY}")
        set_env("ITS_SECRET", "whsec_" + KEY[:20] + "AAAAAAAAAAAAAAAAAAAA")
        set_env("ITS_KEY", KEY)
        set_env("ITS_SERVICE", f"json://me:{KEY}@127.0.0.1:{port}/{KEY}")
        rules = QUICK if behaviour is hangs else PATIENT
        shown = await seen_of(settings_of(kind, port, tmp_path), rules)
        return iter([*shown, *(_body(kind, request) for request in there.arrived)])


async def seen_of(settings: AnyOfThem, rules: DeliveryRules = PATIENT) -> list[str]:
    heard, channels = Heard(), make_channels([settings])
    delivery = Delivery(channels, heard, rules=rules)
    await delivery.start()
    delivery.deliver(replace(firing(1), channel=settings.name))
    await until(lambda: bool(heard.ends), 50.0)
    await delivery.stop(0.3)
    return [*map(repr, heard.records), repr(channels), repr(delivery), repr(settings)]


def _body(kind: str, request: Arrived) -> str:
    """What is sent besides the URL and the headers, which are where the keys belong."""
    if kind == "pagerduty":
        return str({**orjson.loads(request.body), "routing_key": None})
    return request.body.decode()


BEHAVIOURS: dict[str, Behaviour] = {
    "takes it": answers(200),
    "tells all": tells,
    "is no http": is_no_http,
    "moves": moves,
    "closes": closes,
    "hangs": hangs,
}


def behaviours_for(kind: str) -> dict[str, Behaviour]:
    if kind in ("log", "callback"):
        return {"": answers(200)}
    own_limit = kind == "apprise"  # it takes seconds
    return {name: one for name, one in BEHAVIOURS.items() if not (own_limit and one is hangs)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"email"}))
def test_no_key_and_no_prompt_is_seen(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []
    with caplog.at_level(logging.DEBUG):
        for behaviour in behaviours_for(kind).values():
            seen += asyncio.run(story(kind, behaviour, tmp_path, monkeypatch.setenv))

    check([*seen, caplog.text, *capfd.readouterr()])
    assert "channel" in caplog.text or kind == "log"
    assert "delivered" in "".join(seen) or kind == "callback"


@pytest.mark.parametrize("step", ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."])
def test_a_mail_server_that_tells_all_is_not_quoted(
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ITS_KEY", KEY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said, is_text = "", False
        while True:
            if not is_text and said == step:
                writer.write(f"554 {KEY} {PROMPT}\r\n".encode())
            elif not is_text:
                writer.write(ANSWERS.get(said, "250 yes\r\n").encode())
            line = (await reader.readline()).decode().strip()
            if not line and not is_text:
                writer.close()
                return
            is_text = (is_text or said == "DATA") and line != "."
            said = line if line == "." else line[:4].upper()

    async def story() -> list[str]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context())
        port = server.sockets[0].getsockname()[1]
        found = await seen_of(
            EmailChannelConfig(
                name="email",
                host="localhost",
                port=port,
                security="tls",
                ca_file=PEM,
                sender="a@example.com",
                recipients=("c@example.com",),
                username="me",
                password_env="ITS_KEY",
            )
        )
        server.close()
        await asyncio.sleep(0.02)
        return found

    with caplog.at_level(logging.DEBUG):
        seen = asyncio.run(story())

    check([*seen, caplog.text, *capfd.readouterr()])
    assert "no login" in seen[-4] if step == "EHLO" else "554" in seen[-4]


ANSWERS = {
    "": "220 here\r\n",
    "EHLO": "250-here\r\n250 AUTH PLAIN\r\n",
    "AUTH": "235 yes\r\n",
    "DATA": "354 go on\r\n",
}


def check(texts: list[str]) -> None:
    for text in texts:
        for secret in (KEY, PROMPT):
            assert found_in(text, secret) is None


def test_the_canary_would_be_found() -> None:
    assert found_in(f"at https://host/{KEY}", KEY)
    assert found_in(f"it said: {PROMPT}!", PROMPT)
