"""What settings say of a model's requests is what its server is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, OpenAICompatible, Runtime
from hive_resilience.actors.policies.outcomes.errors import (
    ModelAuthenticationError,
)
from hive_resilience.config import GlobalConfig, RuntimeConfig
from hive_resilience.config.errors import ConfigurationError

from .asking import Context
from .asking import Task as Asked
from .faulty_server import FaultyServer, answer, completion, run
from .settings_kit import CANARY, MESSAGE, exchanged

GOOD = answer(200, completion())


# Where.


def test_the_query_of_an_endpoint_goes_behind_the_path() -> None:
    request = run(exchanged(GOOD, base="/a/b/?team=search&x=1"))

    assert request.path == "/a/b/chat/completions?team=search&x=1"


@pytest.mark.parametrize("base", ["", "/", "/openai/deployments/other/chat/completions?a=b"])
@pytest.mark.parametrize("settings", [{"deployment": "big one"}, {"model": "big one"}])
def test_azure_is_asked_by_deployment_and_version_with_its_own_header(
    base: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")
    azure = {"provider": "azure", "api_version": "2024-10-21", "api_key_env": "HIVE_KEY"}

    request = run(exchanged(GOOD, base=base, **azure, **settings))

    wanted = "/openai/deployments/big%20one/chat/completions?api-version=2024-10-21"
    assert request.path == wanted
    assert request.headers["api-key"] == "a-key"
    assert "authorization" not in request.headers


def test_a_token_for_azure_is_a_header_of_ones_own(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("Bearer a-token\n")
    headers = {"Authorization": {"file": str(token)}}

    request = run(exchanged(GOOD, provider="azure", api_version="1", headers=headers))

    assert request.headers["authorization"] == "Bearer a-token"
    assert "api-key" not in request.headers


@pytest.mark.parametrize(
    "settings",
    [
        {"provider": "azure", "endpoint": "http://host"},
        {"provider": "azure", "api_version": "1"},
        {"deployment": "big"},
        {"provider": "openai", "api_version": "1"},
    ],
)
def test_azure_is_told_all_or_nothing(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="provider azure"):
        ModelConfig(id="m", **settings)


# What.


@pytest.mark.parametrize("provider", ["somebody", "openai", "anthropic"])
def test_headers_and_params_go_with_each_request(
    provider: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")
    monkeypatch.setenv("HIVE_HEADER", "of the environment")
    place = tmp_path / "header"
    place.write_text("of a file\n")
    script = MESSAGE if provider == "anthropic" else GOOD

    request = run(
        exchanged(
            script,
            payload={"prompt": "Hi", "temperature": 0.1},
            provider=provider,
            api_key_env="HIVE_KEY",
            organization="ours",
            headers={"X-A": "plain", "X-B": {"env": "HIVE_HEADER"}, "X-C": {"file": str(place)}},
            params={"temperature": 0.9, "top_p": 0.5},
        ),
        limit=50.0,  # a client looks at the machine at its first call
    )

    sent = [request.headers[name] for name in ("x-a", "x-b", "x-c", "openai-organization")]
    assert sent == ["plain", "of the environment", "of a file", "ours"]
    assert (request.json()["temperature"], request.json()["top_p"]) == (0.1, 0.5)


def test_a_header_is_read_again_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> list[str]:
        async with FaultyServer(GOOD) as server:
            executor = OpenAICompatible(server.base_url, "m", headers={"X-A": {"env": "HIVE_A"}})
            for value in ("first", "second"):
                monkeypatch.setenv("HIVE_A", value)
                await executor.execute(Asked("Hi"), Context())
            await executor.close()
        return [request.headers["x-a"] for request in server.requests]

    assert run(story()) == ["first", "second"]


def test_a_header_without_its_value_is_named_and_nothing_is_sent() -> None:
    executor = OpenAICompatible("http://127.0.0.1:1", "m", headers={"X-A": {"env": "HIVE_NONE"}})

    with pytest.raises(ModelAuthenticationError, match="HIVE_NONE with the header X-A is not set"):
        run(executor.execute(Asked("Hi"), Context()))


@pytest.mark.parametrize(
    "headers",
    [
        {"X Y": "a"},
        {"X-A": "a\nb"},
        {"X-A": "caf\u00e9"},
        {"Content-Length": "1"},
        {"host": "other"},
        {"X-A": "a", "x-a": "b"},
        {"X-A": {"env": "A", "file": "b"}},
        {"X-A": {"env": "not a name"}},
        {"X-A": {}},
        {"Authorization": CANARY},
        {"X-Api-Key": CANARY},
        {"X-A": f"sk-{CANARY}"},
    ],
)
def test_headers_that_cannot_be_sent_or_hold_a_key_are_mistakes_that_are_not_quoted(
    headers: dict[str, Any],
) -> None:
    for refused in (
        lambda: ModelConfig(id="m", headers=headers),
        lambda: OpenAICompatible("http://host/v1", "m", headers=headers),
    ):
        with pytest.raises((ValueError, ConfigurationError)) as caught:
            refused()
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize("params", [{"model": "x"}, {"stream": True}, {"a": "sk-canary"}])
def test_params_are_neither_the_tasks_own_fields_nor_keys(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"params|comes with a task|is not written") as caught:
        ModelConfig(id="m", params=params)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(("own", "asked"), [({}, "mine"), ({"model_from_payload": True}, "other")])
def test_a_payloads_model_counts_only_where_settings_say_so(
    own: dict[str, Any], asked: str
) -> None:
    payload = {"prompt": "Hi", "model": "other"}

    request = run(exchanged(GOOD, payload=payload, model="mine", **own))

    assert request.json()["model"] == asked


def test_a_limit_for_connections_of_all_models_holds_from_the_next_call_on() -> None:
    def settings(limit: float) -> RuntimeConfig:
        model = ModelConfig(id="m", endpoint="http://127.0.0.1:1/v1")
        return RuntimeConfig(global_=GlobalConfig(connect_timeout=limit), models=(model,))

    async def story() -> list[float]:
        async with Runtime(settings(3.0)) as runtime:
            executor: Any = runtime._fleet.member("m").backend.executor
            options = executor._owner._options
            found = [options.connect_timeout(None), options.connect_timeout(1.0)]
            await runtime.reload(settings(2.0))
            return [*found, options.connect_timeout(None)]

    assert asyncio.run(story()) == [3.0, 1.0, 2.0]
