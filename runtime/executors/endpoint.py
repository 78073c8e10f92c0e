"""The executor of a model that has no function: who asks its endpoint, by its provider."""

from __future__ import annotations

from ...config.errors import ConfigurationError
from ...config.settings.model import ModelConfig
from .http.chat_executor import ChatExecutor


def endpoint_executor(config: ModelConfig) -> ChatExecutor:
    """Raises `ConfigurationError` where nothing says whom to ask, or its client is missing."""
    model = config.model or config.id
    env, file = config.api_key_env, config.api_key_file
    match config.provider:
        case "openai":
            from .openai.client import OpenAIClient

            return OpenAIClient(model, base_url=config.endpoint, api_key_env=env, api_key_file=file)
        case "anthropic":
            from .anthropic.client import AnthropicClient

            return AnthropicClient(
                model, base_url=config.endpoint, api_key_env=env, api_key_file=file
            )
    if config.endpoint is None:
        raise ConfigurationError(
            f"model {config.id!r} has neither an executor nor an endpoint; give it one of them",
            key=f"models.{config.id}",
            allowed="executor=<function>, endpoint=<base URL>, provider=openai or anthropic",
            model_id=config.id,
        )
    from .openai.compatible import OpenAICompatible

    return OpenAICompatible(config.endpoint, model, api_key_env=env, api_key_file=file)
