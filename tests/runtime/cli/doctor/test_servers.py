"""Which servers the settings lead to."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from hive_resilience.runtime.cli.doctor.finding import Verdict
from hive_resilience.runtime.cli.doctor.servers import servers_of

from .doctor_kit import fleet


def named(models: dict[str, Any], **for_all: Any) -> dict[str, list[str]]:
    servers, _ = servers_of(fleet(models, **for_all))
    return {server.name: keys for server, keys in servers.items()}


def test_models_checks_and_channels_lead_to_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.example/services/T0/secret-part")
    model = {
        "endpoint": "https://models.example/v1",
        "health_check": {"endpoint": "http://models.example:8081/health"},
    }
    mail = {"sender": "a@example.com", "recipients": ["b@example.com"], "host": "mail.example"}
    channels = [
        {"type": "slack", "name": "ops", "url_env": "HOOK"},
        {"type": "email", "name": "mail", **mail},
        {"type": "pagerduty", "name": "duty", "routing_key_env": "DUTY"},
        {"type": "log", "name": "log"},
    ]

    assert named({"m": model}, alerts={"channels": channels}) == {
        "models.example:8081": ["models.m.health_check.endpoint"],
        "models.example:443": ["models.m"],
        "hooks.example:443": ["global.alerts.channels.ops"],
        "mail.example:587": ["global.alerts.channels.mail"],
        "events.pagerduty.com:443": ["global.alerts.channels.duty"],
    }


def test_a_model_that_is_not_enabled_leads_nowhere() -> None:
    assert named({"m": {"endpoint": "http://127.0.0.1:1/v1", "enabled": False}}) == {}


@pytest.mark.conformance  # to import both clients takes seconds
def test_the_providers_own_clients_know_their_servers() -> None:
    found = named({"a": {"provider": "openai"}, "b": {"provider": "anthropic"}})

    assert list(found.values()) == [["models.a"], ["models.b"]]
    assert all(name.endswith(":443") for name in found)


@pytest.mark.parametrize(
    ("provider", "kind"), [("openai", "AsyncOpenAI"), ("anthropic", "AsyncAnthropic")]
)
def test_a_providers_client_is_asked_for_its_server(
    provider: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType(provider)
    module.__spec__ = ModuleSpec(provider, None)

    def client(api_key: str) -> SimpleNamespace:
        return SimpleNamespace(base_url="https://own.example/v1/")

    setattr(module, kind, client)
    monkeypatch.setitem(sys.modules, provider, module)

    assert named({"m": {"provider": provider}}) == {"own.example:443": ["models.m"]}


def test_a_server_that_its_client_alone_knows_is_noted() -> None:
    _, unknown = servers_of(fleet({"b": {"provider": "anthropic_bedrock", "region": "eu"}}))

    assert [(one.verdict, one.advice) for one in unknown] == [
        (Verdict.NOTE, "--ask asks the model itself")
    ]


def test_what_should_be_a_url_and_is_none_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "not-a-url-but-secret")
    channels = [{"type": "slack", "name": "ops", "url_env": "HOOK"}]

    _, unknown = servers_of(fleet({}, alerts={"channels": channels}))

    assert [one.verdict for one in unknown] == [Verdict.MEND]
    assert "secret" not in str(unknown)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert list(named({"m": {"endpoint": "http://[::1]:8000/v1"}})) == ["[::1]:8000"]
