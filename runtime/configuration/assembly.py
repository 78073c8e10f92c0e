"""One checked configuration from all that a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from ...config.base import Settings, stated
from ...config.errors import ConfigurationError, Problem
from ...config.loading.executors import with_executors
from ...config.settings.distribution.cluster import ClusterConfig
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.values.references import dangling
from ...config.values.units import ALREADY_SECONDS, is_span, span_text


def assemble(
    config: object,
    models: Iterable[ModelConfig],
    executors: Mapping[str, object] | None,
    cluster: ClusterConfig | None = None,
) -> RuntimeConfig:
    """The configuration with all models. Raises `ConfigurationError` if it cannot be used."""
    config = RuntimeConfig() if config is None else config
    if not isinstance(config, RuntimeConfig):
        raise ConfigurationError(
            f"a runtime takes a RuntimeConfig, not {type(config).__name__}; what holds for all "
            "models goes into RuntimeConfig(global_=GlobalConfig(...))",
            key="config",
        )
    if not isinstance(models, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(models).__name__
        raise ConfigurationError(f"models are several ModelConfig, not a {kind}")
    all_models = (*config.models, *models)
    if not all_models:
        raise ConfigurationError(
            "a runtime needs at least one model: Runtime(models=[ModelConfig(...)])",
            key="models",
        )
    parts: dict[str, object] = {"models": all_models}
    if cluster is not None:
        parts["global_"] = config.global_.model_copy(update={"cluster": cluster})
    return with_executors(checked(config.model_copy(update=parts)), executors or {})


def checked(config: RuntimeConfig) -> RuntimeConfig:
    """The same settings, validated again: `model_copy` and `model_construct` check nothing.

    Raises `ConfigurationError` with every mistake.
    """
    try:
        return RuntimeConfig.model_validate(stated(config), context=ALREADY_SECONDS)
    except ValidationError as error:
        problems = [
            Problem(None, None, _key(config, found["loc"]), None, _told(found["msg"]))
            for found in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        # pydantic's own error quotes the input, secrets included: it does not go on.
        raise ConfigurationError.of(problems) from None


def _told(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should", "should")


def _key(config: RuntimeConfig, path: tuple[int | str, ...]) -> str | None:
    """The path in dots, with the id of a model in place of its number."""
    names = list(path)
    if len(names) > 1 and names[0] == "models" and isinstance(names[1], int):
        model = config.models[names[1]]
        if isinstance(model, ModelConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
            names[1] = model.id
    return ".".join(map(str, names)) or "models"


def check_addition(present: Iterable[ModelConfig], added: ModelConfig) -> None:
    """Raises `ConfigurationError` unless a model can be added to those `present`.

    Only the new settings are checked: other models may name models that were removed since.
    """
    if not isinstance(added, ModelConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"a model is a ModelConfig, not a {type(added).__name__}")
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


def as_whole(value: object) -> object:
    """A group of settings as all that is in it; its spans were checked when they were written."""
    if not isinstance(value, Settings):
        return value
    found = {name: getattr(value, name) for name in type(value).model_fields}
    spans = {name for name, info in type(value).model_fields.items() if is_span(info)}
    return {
        name: span_text(one) if name in spans and isinstance(one, float) else stated(one)
        for name, one in found.items()
    }
