"""Who asks a model that has no function is for its provider to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience import AnthropicClient, ModelConfig, OpenAIClient, OpenAICompatible, Runtime
from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.executors.endpoint import endpoint_executor


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"provider": "openai"}, OpenAIClient),
        ({"provider": "openai", "endpoint": "http://127.0.0.1:1/v1"}, OpenAIClient),
        ({"provider": "anthropic"}, AnthropicClient),
        ({"provider": "openai-compatible", "endpoint": "http://127.0.0.1:1/v1"}, OpenAICompatible),
        ({"provider": "somebody", "endpoint": "http://127.0.0.1:1/v1"}, OpenAICompatible),
        ({"endpoint": "http://127.0.0.1:1/v1"}, OpenAICompatible),
    ],
)
def test_the_provider_chooses_the_adapter(settings: dict[str, Any], kind: type) -> None:
    executor = endpoint_executor(ModelConfig(id="m", model="served-name", **settings))

    assert type(executor) is kind
    assert executor.model == "served-name"


@pytest.mark.parametrize("settings", [{}, {"provider": "somebody"}])
def test_without_an_endpoint_others_cannot_be_asked(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="neither an executor nor an endpoint"):
        endpoint_executor(ModelConfig(id="m", **settings))


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_file_needs_no_endpoint_for_a_provider_with_a_client(
    provider: str, tmp_path: Path
) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(f"models: {{m: {{provider: {provider}}}}}")

    Runtime.from_file(path)

    path.write_text("models: {m: {provider: somebody}}")
    with pytest.raises(ConfigurationError, match="neither an endpoint nor an executor"):
        Runtime.from_file(path)
