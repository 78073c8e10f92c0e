"""The executor of a model that has no function: the provider decides which client asks."""

from __future__ import annotations

from collections.abc import Callable

from ...config.errors import ConfigurationError
from ...config.settings.model import ModelConfig
from .http.call_options import CallSettings
from .http.chat_executor import ChatExecutor
from .transport.options import CONNECT_TIMEOUT


def endpoint_executor(
    config: ModelConfig, connect_timeout: Callable[[], float] | None = None
) -> ChatExecutor:
    """The executor by the settings; `connect_timeout` says how many seconds, where they do not.

    Raises `ConfigurationError` where no setting says which server to ask, or its client is missing.
    """
    settings: CallSettings = {
        "families": config.families,
        "headers": config.headers,
        "forward_headers": config.forward_headers,
        "params": config.params,
        "organization": config.organization,
        "model_from_payload": config.model_from_payload,
        "connect_timeout": config.connect_timeout or connect_timeout or CONNECT_TIMEOUT,
        "proxy": config.proxy,
        "ca_file": config.ca_file,
    }
    model = config.model or config.id
    env, file, endpoint = config.api_key_env, config.api_key_file, config.endpoint
    match config.provider:
        case "openai":
            from .openai.client import OpenAIClient

            return OpenAIClient(
                model, base_url=endpoint, api_key_env=env, api_key_file=file, **settings
            )
        case "anthropic":
            from .anthropic.client import AnthropicClient

            return AnthropicClient(
                model, base_url=endpoint, api_key_env=env, api_key_file=file, **settings
            )
        case "anthropic_bedrock" | "anthropic_vertex" as provider:
            from .anthropic.cloud import AnthropicCloudClient

            return AnthropicCloudClient(
                provider,
                model,
                region=config.region,
                project=config.project,
                base_url=endpoint,
                api_key_env=env,
                api_key_file=file,
                **settings,
            )
        case _:
            return _of_an_address(config, settings)


def _of_an_address(config: ModelConfig, settings: CallSettings) -> ChatExecutor:
    """The executor of a server in OpenAI's form, which the settings say where to find."""
    model = config.model or config.id
    env, file, endpoint = config.api_key_env, config.api_key_file, config.endpoint
    if endpoint is None:
        raise ConfigurationError(
            f"model {config.id!r} has neither an executor nor an endpoint; give it one of them",
            key=f"models.{config.id}",
            allowed="executor=<function>, endpoint=<base URL>, provider=openai or anthropic",
            model_id=config.id,
        )
    if config.provider == "azure" and config.api_version is not None:
        from .openai.azure import AzureDeployment

        return AzureDeployment(
            endpoint,
            model,
            deployment=config.deployment,
            api_version=config.api_version,
            api_key_env=env,
            api_key_file=file,
            **settings,
        )
    from .openai.compatible import OpenAICompatible

    return OpenAICompatible(endpoint, model, api_key_env=env, api_key_file=file, **settings)
