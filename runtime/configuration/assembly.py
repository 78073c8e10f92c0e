"""One checked configuration from all that a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from ...config.errors import ConfigurationError
from ...config.loading.executors import with_executors
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.values.references import dangling


def assemble(
    config: object,
    models: Iterable[ModelConfig],
    executors: Mapping[str, object] | None,
) -> RuntimeConfig:
    """The configuration with all models. Raises `ConfigurationError` if it cannot be used."""
    config = RuntimeConfig() if config is None else config
    if not isinstance(config, RuntimeConfig):
        raise ConfigurationError(
            f"a runtime takes a RuntimeConfig, not {type(config).__name__}; what holds for all "
            "models goes into RuntimeConfig(global_=GlobalConfig(...))",
            key="config",
        )
    all_models = (*config.models, *models)
    if not all_models:
        raise ConfigurationError(
            "a runtime needs at least one model: Runtime(models=[ModelConfig(...)])",
            key="models",
        )
    try:
        merged = RuntimeConfig(global_=config.global_, models=all_models, groups=config.groups)
    except ValidationError as error:
        told = "; ".join(
            str(problem["msg"]).removeprefix("Value error, ") for problem in error.errors()
        )
        raise ConfigurationError(told, key="models") from error
    return with_executors(merged, executors or {})


def check_addition(present: Iterable[ModelConfig], added: ModelConfig) -> None:
    """Raises `ConfigurationError` unless a model can be added to those `present`.

    Only the new settings are checked: other models may name models that were removed since.
    """
    key = f"models.{added.id}"
    ids = [model.id for model in present]
    if added.id in ids:
        raise ConfigurationError(
            f"two models have the id {added.id!r}; ids are unique", key=key, model_id=added.id
        )
    fields = {"id": added.id, "fallbacks": added.fallbacks}
    told = "; ".join(
        found.message for found in dangling([*({"id": one} for one in ids), fields], [])
    )
    if told:
        raise ConfigurationError(f"{key}.fallbacks: {told}", key=key, model_id=added.id)
    with_executors(RuntimeConfig(models=(added.model_copy(update={"fallbacks": ()}),)), {})
