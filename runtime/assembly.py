"""From what a user gives to one checked configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from ..config.errors import ConfigurationError
from ..config.executors import with_executors
from ..config.model import ModelConfig
from ..config.runtime import RuntimeConfig


def assemble(
    config: RuntimeConfig | None,
    models: Iterable[ModelConfig],
    executors: Mapping[str, object] | None,
) -> RuntimeConfig:
    """The configuration with all models. Raises `ConfigurationError` where it cannot be used."""
    config = config or RuntimeConfig()
    all_models = (*config.models, *models)
    if not all_models:
        raise ConfigurationError(
            "a runtime needs at least one model: Runtime(models=[ModelConfig(...)])",
            key="models",
        )
    try:
        merged = RuntimeConfig(**{"global": config.global_}, models=all_models)
    except ValidationError as error:
        told = "; ".join(
            str(problem["msg"]).removeprefix("Value error, ") for problem in error.errors()
        )
        raise ConfigurationError(told, key="models") from error
    return with_executors(merged, executors or {})
