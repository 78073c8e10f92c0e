"""A webhook says what Alertmanager's says, and is signed over the bytes that arrive."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from hive_resilience.actors.alerting.notification import DeliveryError, Notification
from hive_resilience.config.settings.observability.channels import WebhookChannelConfig
from hive_resilience.runtime.observability.channels.http.webhook import WebhookChannel, form_of

from .channel_kit import an_alert, firing, resolved
from .receiver_kit import Arrived, answers, receiver

OLD = "whsec_" + b64encode(b"o" * 24).decode()
NEW = "whsec_" + b64encode(b"n" * 64).decode()


def arrived(*notifications: Notification, **settings: Any) -> list[Arrived]:
    async def story() -> list[Arrived]:
        async with receiver(answers(200)) as there:
            channel = WebhookChannel(WebhookChannelConfig(name="it", url=there.url, **settings))
            try:
                for notification in notifications:
                    await channel.send(notification)
            finally:
                await channel.close()
            return there.arrived

    return asyncio.run(story())


def strictly_parsed(body: Any) -> dict[str, Any]:
    """As a receiver in Go reads it that refuses what it does not know."""
    assert set(body) == {
        *("version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels"),
        *("commonLabels", "commonAnnotations", "externalURL", "alerts"),
    }
    assert body["version"] == "4"
    assert body["status"] in ("firing", "resolved")
    assert isinstance(body["truncatedAlerts"], int)
    for name in ("groupKey", "receiver", "externalURL"):
        assert isinstance(body[name], str)
    for name in ("groupLabels", "commonLabels", "commonAnnotations"):
        key_values(body[name])
    for alert in body["alerts"]:
        assert set(alert) == {
            *("status", "labels", "annotations", "startsAt", "endsAt", "generatorURL"),
            "fingerprint",
        }
        assert alert["status"] in ("firing", "resolved")
        assert alert["labels"]["alertname"]
        key_values(alert["labels"])
        key_values(alert["annotations"])
        began, ended = rfc3339(alert["startsAt"]), rfc3339(alert["endsAt"])
        assert (ended > began) is (alert["status"] == "resolved")
    return cast("dict[str, Any]", body)


def key_values(given: dict[str, str]) -> None:
    for name, value in given.items():
        assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name), name
        assert isinstance(value, str)


def rfc3339(text: str) -> datetime:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    return datetime.fromisoformat(text)


def test_the_body_is_read_as_alertmanager_writes_it() -> None:
    both = firing(1, an_alert(), an_alert("slow", None, ended=True))

    request = arrived(both)[0]
    body = strictly_parsed(request.json)

    assert request.line == "POST /it HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert (body["status"], body["receiver"], body["groupKey"]) == ("firing", "it", "group 1")
    assert body["groupLabels"] == {"alertname": "circuit_open"}
    assert body["commonLabels"] == {"severity": "error", "team": "search"}
    first, second = body["alerts"]
    assert first["labels"] == {
        "alertname": "circuit_open",
        "model": "gpt-5",
        "severity": "error",
        "team": "search",
    }
    assert first["annotations"] == {
        "description": "the breaker of gpt-5 is open",
        "failures": "0.25",
        "runbook_url": "https://host/runbooks/circuit_open.md",
        "summary": "circuit_open of gpt-5 (error)",
    }
    assert (first["endsAt"], first["fingerprint"]) == ("0001-01-01T00:00:00Z", "circuit_open-gpt-5")
    assert second["endsAt"] == "2026-11-27T23:07:10.000Z"


def test_the_end_of_all_is_the_end_of_the_group() -> None:
    assert strictly_parsed(form_of(resolved(firing(1))))["status"] == "resolved"


def test_a_name_that_prometheus_does_not_allow_is_made_one() -> None:
    alert = an_alert(text="a\nb\x1b[31m")
    object.__setattr__(alert, "labels", {"9-team!": "a\nb", "severity": "forged"})

    body = strictly_parsed(form_of(firing(1, alert)))

    labels = body["alerts"][0]["labels"]
    assert labels["_9_team_"] == "a b"
    assert labels["severity"] == "error"
    assert body["alerts"][0]["annotations"]["description"] == "a b [31m"


@pytest.mark.parametrize("secret", [OLD, NEW, OLD.removeprefix("whsec_"), f"{OLD} {NEW}"])
def test_the_signature_holds_over_the_bytes_that_arrive(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITS_SECRET", secret)
    odd = firing(1, an_alert(text="größer als \N{SNOWMAN}", model_id="modèle/\N{SNOWMAN}"))

    request = arrived(odd, secret_env="ITS_SECRET")[0]

    assert request.headers["webhook-id"] == "n1"
    for one in secret.split():
        assert Webhook(one).verify(request.body, request.headers) == request.json
    with pytest.raises(WebhookVerificationError):
        Webhook(b"x" * 24).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.split()[0]).verify(request.body + b" ", request.headers)


def test_a_renewed_secret_is_used_at_once(tmp_path: Path) -> None:
    async def story() -> list[Arrived]:
        async with receiver(answers(200)) as there:
            file.write_text(OLD + "\n")
            settings = WebhookChannelConfig(name="it", url=there.url, secret_file=str(file))
            channel = WebhookChannel(settings)
            await channel.send(firing(1))
            file.write_text(NEW)
            await channel.send(firing(2))
            await channel.close()
            return there.arrived

    file = tmp_path / "secret"
    first, second = asyncio.run(story())

    Webhook(OLD).verify(first.body, first.headers)
    Webhook(NEW).verify(second.body, second.headers)


@pytest.mark.parametrize(
    "secret", ["whsec_no base 64!", "whsec_" + b64encode(b"short").decode(), "hunter2"]
)
def test_what_is_no_secret_is_refused_and_not_quoted(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITS_SECRET", secret)

    with pytest.raises(DeliveryError, match="base 64 of 24 to 64 bytes") as caught:
        arrived(firing(1), secret_env="ITS_SECRET")

    assert secret not in str(caught.value)


def test_without_a_secret_there_is_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITS_KEY", "Bearer abc")

    request = arrived(firing(1), authorization_env="ITS_KEY")[0]

    assert "webhook-signature" not in request.headers
    assert request.headers["authorization"] == "Bearer abc"


def test_a_secret_that_is_not_there_is_no_unsigned_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITS_SECRET", raising=False)

    with pytest.raises(DeliveryError, match="ITS_SECRET with the secret is not set or empty"):
        arrived(firing(1), secret_env="ITS_SECRET")


def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> list[Arrived]:
        async with receiver(answers(200)) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/it"))
            monkeypatch.setenv("no_proxy", "")
            channel = WebhookChannel(WebhookChannelConfig(name="it", url="http://there.invalid/x"))
            await channel.send(firing())
            await channel.close()
            return proxy.arrived

    assert asyncio.run(story())[0].line == "POST http://there.invalid/x HTTP/1.1"
