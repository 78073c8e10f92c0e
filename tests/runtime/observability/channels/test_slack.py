"""Messages of Slack keep to its limits, and nothing in them is a link or a mention."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience.actors.alerting.notification import Notification
from hive_resilience.config.settings.observability.channels import SlackChannelConfig
from hive_resilience.runtime.observability.channels.digest import as_one
from hive_resilience.runtime.observability.channels.http.slack import SlackChannel, message_of

from .channel_kit import an_alert, firing, resolved
from .receiver_kit import answers, receiver


def texts(message: dict[str, Any]) -> list[str]:
    """The texts of a message that Slack would take."""
    assert set(message) == {"text", "blocks", "unfurl_links"}
    assert 0 < len(message["text"]) <= 3_000
    assert 0 < len(message["blocks"]) <= 50
    for block in message["blocks"]:
        assert block["type"] == "section"
        assert block["text"]["type"] == "mrkdwn"
        assert 0 < len(block["text"]["text"]) <= 3_000
    return [block["text"]["text"] for block in message["blocks"]]


def test_it_says_what_it_is_since_when_and_what_to_do() -> None:
    message = message_of(firing(1, an_alert(by="anna")))

    assert message["text"] == "Firing: circuit_open of gpt-5 (error)"
    assert texts(message) == [
        "*Firing: circuit_open of gpt-5 (error)*",
        "*Firing: circuit_open of gpt-5 (error)*\nthe breaker of gpt-5 is open\n"
        "Since 2026-11-27 23:02:10 UTC\nAcknowledged by anna\n"
        "What to do: https://host/runbooks/circuit_open.md",
    ]


def test_the_end_says_until_when() -> None:
    assert "until 2026-11-27 23:07:10 UTC" in texts(message_of(resolved(firing(1))))[1]


def test_no_text_begins_a_link_or_a_mention() -> None:
    evil = an_alert(model_id="<!channel> & <http://evil|x>", text="<@U123> a < b & c")

    message = message_of(firing(1, evil))

    for text in (message["text"], *texts(message)):
        assert "<" not in text
        assert ">" not in text
        assert "&" not in text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize("many", [1, 10, 200])
def test_the_longest_names_and_texts_fit(many: int) -> None:
    alerts = [
        an_alert("&" * 200, f"{n}<" * 100, text="&" * 5_000, by="<" * 900) for n in range(many)
    ]

    shown = texts(message_of(firing(1, *alerts)))

    assert (f"And {many - 10} more." in shown) is (many > 10)


def test_a_digest_says_how_many() -> None:
    waiting: tuple[Notification, ...] = tuple(firing(n) for n in range(7))

    message = message_of(as_one((*waiting, resolved(waiting[0]))))

    assert message["text"] == "8 notifications: 6 firing, 1 resolved"


def test_it_is_posted_to_the_url_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> Any:
        async with receiver(answers(200)) as there:
            monkeypatch.setenv("SLACK_URL", there.url)
            channel = SlackChannel(SlackChannelConfig(name="it", url_env="SLACK_URL"))
            await channel.send(firing(1))
            await channel.close()
            return there.arrived[0].json

    assert asyncio.run(story()) == message_of(firing(1))
