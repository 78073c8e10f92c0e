"""Joins the models of a file with the functions that call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import ConfigurationError, Problem
from ..settings.model import WITH_A_CLIENT, ModelConfig
from ..settings.runtime import RuntimeConfig
from ..values.words import KeyPath, nearest
from .draft import Place


def with_executors(
    config: RuntimeConfig,
    executors: Mapping[str, object],
    *,
    place_of: Callable[[KeyPath], Place] | None = None,
) -> RuntimeConfig:
    """The configuration with each executor in its model.

    Raises `ConfigurationError` for an executor without a model, and for a model that has neither
    an executor nor an endpoint, with its place in a file where `place_of` knows it.
    """
    problems = _without_a_model(config, executors)
    for at, model in enumerate(config.models):
        if model.id in executors or has_a_caller(model):
            continue
        unplaced = Place(None, None, f"models.{model.id}")
        place = unplaced if place_of is None else place_of(("models", at))
        problems.append(Problem(place.file, place.line, place.key, None, _nobody_to_ask(model)))
    if problems:
        raise ConfigurationError.of(problems)
    models = tuple(
        model.model_copy(update={"executor": executors[model.id]})
        if model.id in executors
        else model
        for model in config.models
    )
    return config.model_copy(update={"models": models})


def _without_a_model(config: RuntimeConfig, executors: Mapping[str, object]) -> list[Problem]:
    ids = [model.id for model in config.models]
    found: list[Problem] = []
    for model_id, executor in executors.items():
        key = f"executors[{model_id!r}]"
        if model_id not in ids:
            meant = nearest(model_id, ids)
            advice = f"did you mean {meant!r}?" if meant else f"models are: {', '.join(ids)}"
            found.append(Problem(None, None, key, None, f"no model has this id; {advice}"))
        elif not callable(executor) and not hasattr(executor, "execute"):
            message = f"should be callable or have `execute`, is a {type(executor).__name__}"
            found.append(Problem(None, None, key, None, message))
    return found


def _nobody_to_ask(model: ModelConfig) -> str:
    told = "has neither an endpoint nor an executor"
    if model.provider is not None:
        known = " and ".join(sorted(WITH_A_CLIENT))
        told += f"; only {known} need none, not the provider {model.provider!r}"
    return f"{told}; give it one: executors={{{model.id!r}: function}}"


def has_a_caller(model: ModelConfig) -> bool:
    """Whether the settings alone say how a model is called."""
    asked = model.endpoint is not None or model.provider in WITH_A_CLIENT
    return asked or model.executor is not None
