"""What is wrong with a channel is refused where it is written, in words that help."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hive_resilience.config.base import Settings
from hive_resilience.config.settings.observability.channels import (
    KINDS,
    Channels,
    EmailChannelConfig,
    LogChannelConfig,
    WebhookChannelConfig,
)
from hive_resilience.config.values.accepts import default


class Holder(Settings):
    """Stands in the place of the settings of alerts."""

    channels: Channels = default(())


def read(*channels: Any) -> tuple[Any, ...]:
    return tuple(Holder.model_validate({"channels": channels}).channels)


MAIL = {"type": "email", "name": "a", "host": "h", "sender": "a@b", "recipients": ["c@d"]}
KEY = "sk-live-0123456789abcdef0123456789abcdef"
WRONG: list[tuple[Any, str]] = [
    ("log", "should be a valid dictionary"),
    ({"name": "a"}, "type is missing; there are log, callback"),
    ({"type": "slak", "name": "a"}, "did you mean slack?"),
    ({"type": 3, "name": "a"}, "type is missing"),
    ({"type": "log"}, "Field required"),
    ({"type": "log", "name": ""}, "at least 1 character"),
    ({"type": "log", "name": " a"}, "a name has no spaces around it"),
    ({"type": "log", "name": "a\n"}, "printable characters"),
    ({"type": "log", "name": "a", "sevrities": []}, "did you mean severities?"),
    ({"type": "log", "name": "a", "severities": ["bad"]}, "'error' or 'critical'"),
    ({"type": "log", "name": "a", "send_resolved": "yes"}, "should be true or false"),
    ({"type": "log", "name": "a", "url_env": "X"}, "unknown setting"),
    ({"type": "slack", "name": "a"}, "needs url_env or url_file"),
    ({"type": "slack", "name": "a", "url_env": "X", "url_file": "/x"}, "say the same"),
    ({"type": "slack", "name": "a", "url_env": f"https://h/{KEY}"}, "name of an environment"),
    ({"type": "webhook", "name": "a"}, "needs url, url_env or url_file"),
    ({"type": "webhook", "name": "a", "url": "host/path"}, "a whole URL"),
    ({"type": "webhook", "name": "a", "url": f"https://u:{KEY}@h/"}, "`url_env` says where"),
    ({"type": "webhook", "name": "a", "url": f"https://h/?token={KEY}"}, "`url_env` says where"),
    ({"type": "pagerduty", "name": "a"}, "needs routing_key_env or routing_key_file"),
    ({"type": "pagerduty", "name": "a", "routing_key_env": "0" * 32}, "name of an environment"),
    ({"type": "alertmanager", "name": "a"}, "needs url, url_env or url_file"),
    ({"type": "apprise", "name": "a"}, "needs url_env or url_file"),
    ({**MAIL, "host": "h:25"}, "without a port"),
    ({**MAIL, "sender": "me"}, "an address as name@example.com"),
    ({**MAIL, "recipients": ["c@d\r\nBcc: e@f"]}, "an address as name@example.com"),
    ({**MAIL, "recipients": []}, "at least 1 item"),
    ({**MAIL, "port": "25"}, "should be a number"),
    ({**MAIL, "username": "me"}, "needs password_env or password_file"),
    ({**MAIL, "password_env": "X"}, "a password needs a `username`"),
    (
        {**MAIL, "username": "me", "password_env": "X", "security": "none"},
        "over a protected connection alone",
    ),
]


@pytest.mark.parametrize(("channel", "says"), WRONG)
def test_it_is_refused_and_no_key_is_quoted(channel: Any, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(channel)

    told = [error["msg"] for error in caught.value.errors(include_url=False)]
    assert any(says in text for text in told), told
    assert KEY not in str(caught.value)


def test_a_name_is_there_once() -> None:
    with pytest.raises(ValidationError, match="two channels have the name 'a'"):
        read({"type": "log", "name": "a"}, {"type": "log", "name": "a"})


def test_both_spellings_and_objects_may_be_written() -> None:
    found = read(
        {"type": "slack", "name": "a", "urlEnv": "X", "sendResolved": False},
        LogChannelConfig(name="b"),
    )

    assert found[0].url_env == "X"
    assert found[0].send_resolved is False
    assert found[1] == LogChannelConfig(name="b")


def test_every_type_has_the_class_of_its_name() -> None:
    for name, kind in KINDS.items():
        assert kind.model_fields["type"].default == name


@pytest.mark.parametrize(
    ("given", "severity", "resolved", "wanted"),
    [
        ({}, "info", True, True),
        ({"severities": ["error"]}, "error", False, True),
        ({"severities": ["error"]}, "critical", False, False),
        ({"send_resolved": False}, "error", False, True),
        ({"send_resolved": False}, "error", True, False),
    ],
)
def test_a_channel_wants_what_its_settings_say(
    given: dict[str, Any], severity: str, resolved: bool, wanted: bool
) -> None:
    settings = LogChannelConfig(name="a", **given)

    assert settings.wants(severity, resolved=resolved) is wanted


@pytest.mark.parametrize(
    "good",
    ["a@b", "first.last+tag@mail.example.com", "o'neil@example.co.uk", "x" * 60 + "@example.com"],
)
def test_plain_addresses_are_taken(good: str) -> None:
    assert EmailChannelConfig(name="a", host="h", sender=good, recipients=(good,)).sender == good


@pytest.mark.parametrize("host", ["localhost", "smtp.example.com", "10.0.0.1", "::1"])
def test_names_and_addresses_of_servers_are_taken(host: str) -> None:
    assert EmailChannelConfig(name="a", host=host, sender="a@b", recipients=("c@d",)).host == host


def test_its_schema_can_be_made_and_settings_show_no_secret() -> None:
    assert TypeAdapter(Channels).json_schema()["type"] == "array"
    shown = repr(WebhookChannelConfig(name="a", url_env="ITS_URL", secret_env="ITS_SECRET"))
    assert "ITS_URL" in shown
