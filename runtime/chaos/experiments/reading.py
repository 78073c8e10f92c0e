"""From a file to an experiment: YAML or JSON, and the values that its configuration names."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....config.errors import ConfigurationError
from ....config.values.values import is_list, is_mapping
from .document import Experiment, experiment_of

_MOST_BYTES = 1_000_000
_NAMED = re.compile(r"\$\{(\w+)\}")


def load_experiment(path: str | os.PathLike[str]) -> Experiment:
    """The experiment in a YAML or JSON file. Raises `ConfigurationError` with every mistake."""
    file = Path(path)
    try:
        text = file.read_bytes()[: _MOST_BYTES + 1]
    except OSError as error:
        told = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(told, file=str(path)) from None
    if len(text) > _MOST_BYTES:
        told = f"{path}: has more than {_MOST_BYTES} bytes"
        raise ConfigurationError(told, file=str(path))
    return experiment_of(_parsed(text.decode(errors="replace"), file), str(path))


def _parsed(text: str, file: Path) -> object:
    try:
        if file.suffix == ".json":
            return json.loads(text)
        return _yaml(text)
    except ValueError as error:
        told = f"{file}: is not what its name says: {str(error).splitlines()[0]}"
        raise ConfigurationError(told, file=str(file)) from None


def _yaml(text: str) -> object:
    try:
        import yaml
    except ImportError as error:
        told = "an experiment in YAML needs pyyaml: pip install 'hive-resilience[yaml]'"
        raise ConfigurationError(told) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def configured(
    experiment: Experiment, environ: Mapping[str, str] = os.environ
) -> Mapping[str, object]:
    """The values of the configuration, those from the environment too.

    Raises `ConfigurationError` for a variable that is not set and has no default.
    """
    found: dict[str, object] = {}
    for name, value in experiment.configuration.items():
        if not is_mapping(value) or value.get("type") != "env":
            found[name] = value
            continue
        variable = str(value.get("key", name))
        if variable not in environ and "default" not in value:
            told = f"configuration.{name}: the variable {variable} is not set"
            raise ConfigurationError(told, key=f"configuration.{name}")
        found[name] = environ.get(variable, value.get("default"))
    return found


def substituted(value: Any, names: Mapping[str, object]) -> Any:
    """The value with every `${name}` in its texts replaced; one alone keeps the type.

    >>> substituted({"models": ["${model}"]}, {"model": "gpt-5"})
    {'models': ['gpt-5']}
    """
    if is_mapping(value):
        return {key: substituted(inner, names) for key, inner in value.items()}
    if is_list(value):
        return [substituted(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _NAMED.fullmatch(value)
    if whole is not None and whole[1] in names:
        return names[whole[1]]
    return _NAMED.sub(lambda found: str(names.get(found[1], found[0])), value)
