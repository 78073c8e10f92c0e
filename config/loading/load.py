"""Settings from a file and the environment."""

from __future__ import annotations

import logging
import reprlib
from collections.abc import Mapping
from functools import lru_cache
from os import PathLike
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..base import Settings, stated
from ..errors import Problem
from ..settings.model import GivenExecutor
from ..settings.runtime import RuntimeConfig
from ..values.log_fields import log_event
from ..values.redaction import presentable
from ..values.units import ALREADY_SECONDS, BARE_MILLISECONDS
from ..values.words import KeyPath, UnknownVariables
from .document import Document
from .dotenv import read_dotenv
from .draft import Content, Draft, Place, is_content
from .environment import PREFIX, Variables
from .executors import with_executors
from .formats import read_document
from .overrides import Overrides
from .reader import draft_of

log: logging.Logger = logging.getLogger(__name__)


def load_config(
    path: str | PathLike[str],
    *,
    environ: Mapping[str, str] | None = None,
    executors: Mapping[str, GivenExecutor] | None = None,
    overrides: Mapping[str, object] | None = None,
    env_prefix: str = PREFIX,
    unknown_variables: UnknownVariables = "error",
) -> RuntimeConfig:
    """A fleet that can run: the settings of the file at `path`, with an executor for each model.

    The suffix gives the format: .yml, .yaml, .toml or .json. A `.env` beside the file goes over it,
    `environ` (the process's own by default) over that, and `overrides` over all. Overrides are
    written like a file, with bare numbers as seconds. Variables begin with `env_prefix`; those that
    fit no setting are an error, or are ignored. Raises `ConfigurationError`, whose `problems` have
    every mistake, up to a hundred.
    """
    config, draft = read_with_places(
        path, Variables(environ, env_prefix, unknown_variables), overrides=overrides
    )
    _tell(draft)
    return with_executors(config, executors or {}, place_of=draft.place_of)


def read(
    path: str | PathLike[str],
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
    env_prefix: str = PREFIX,
    unknown_variables: UnknownVariables = "error",
) -> RuntimeConfig:
    """As `load_config`, for looking at the settings alone: a model needs no executor here."""
    config, draft = read_with_places(
        path, Variables(environ, env_prefix, unknown_variables), overrides=overrides
    )
    _tell(draft)
    return config


def _tell(draft: Draft) -> None:
    for warning in draft.warnings:
        _log_once(str(warning))


@lru_cache(maxsize=1_000)
def _log_once(text: str) -> None:
    """A file that is watched is read often."""
    log.warning("settings: %s", text, extra=log_event("settings.warning"))


def changed(config: RuntimeConfig, overrides: Mapping[str, object]) -> RuntimeConfig:
    """The settings with some of them changed; `overrides` are written like a file, in seconds.

    Raises `ConfigurationError` with every mistake.
    """
    draft = Draft(Document("settings", {}))
    draft.global_ = _content(config.global_)
    draft.models = [_content(model) for model in config.models]
    draft.groups = [_content(group) for group in config.groups]
    Overrides(overrides).lay_over(draft)
    draft.note_names()
    found = _validated(draft, ALREADY_SECONDS)
    if found is None or draft.problems:
        raise draft.error()
    return found


def read_with_places(
    path: str | PathLike[str],
    variables: Variables,
    *,
    overrides: Mapping[str, object] | None = None,
) -> tuple[RuntimeConfig, Draft]:
    """As `read`, and the draft, which knows where each setting was written."""
    draft = draft_of(read_document(path))
    arguments = Overrides(overrides)
    arguments.introduce(draft)
    dotenv, problems = read_dotenv(Path(path).parent, variables.prefix)
    draft.problems.extend(problems)
    variables.override(draft, dotenv)
    arguments.lay_over(draft)
    draft.note_names()
    config = _validated(draft, BARE_MILLISECONDS)
    if config is None or draft.problems:
        raise draft.error()
    return config, draft


def _content(settings: Settings) -> Content:
    found = stated(settings)
    assert is_content(found)
    return found


def _validated(draft: Draft, units: dict[str, str]) -> RuntimeConfig | None:
    try:
        return RuntimeConfig.model_validate(draft.content(), context=units)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        # What concerns the whole, twofold or unknown names, the draft has said with their lines.
        errors = [one for one in errors if one["loc"] or not draft.problems]
        draft.problems.extend(_problems(draft, errors))
        # pydantic's own error quotes the input, secrets included: it does not go on.
        return None


def _problems(draft: Draft, errors: list[ErrorDetails]) -> list[Problem]:
    """One problem a place: pydantic reports each type that a value might have had."""
    places: dict[Place, tuple[object, list[str]]] = {}
    for error in errors:
        place, value = _where(draft, error)
        _, messages = places.setdefault(place, (value, []))
        messages.append(_message(error))
    return [
        Problem(place.file, place.line, place.key or None, value, _sentence(value, messages))
        for place, (value, messages) in places.items()
    ]


def _where(draft: Draft, error: ErrorDetails) -> tuple[Place, object]:
    path: KeyPath = error["loc"]
    place = draft.place_of(path)
    if error["type"] == "missing":
        key = place.key.removesuffix(f".{path[-1]}")
        return Place(place.file, place.line, f"{key}.{path[-1]}"), None
    return place, presentable(place.key, error["input"])


def _message(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "tuple_type":
        return "should be a list"
    told = error["msg"].removeprefix("Value error, ").replace(" after validation", "")
    return told.replace("Input should", "should").replace("Tuple should", "should")


def _sentence(value: object, messages: list[str]) -> str:
    allowed = " or ".join(dict.fromkeys(messages))
    shown = str(value).lower() if isinstance(value, bool) else reprlib.repr(value)
    return allowed if value is None else f"{shown} does not fit: {allowed}"
