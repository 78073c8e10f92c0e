"""Settings as a text that loads to equal settings."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import orjson

from ..base import Settings
from ..errors import ConfigurationError
from ..settings.runtime import RuntimeConfig
from ..settings.spelling import NOT_IN_FILES
from ..values.units import is_span, span_text
from ..values.values import is_list

Format = Literal["yaml", "json"]
Written = dict[str, object]


def dump_config(config: RuntimeConfig, *, format: Format = "yaml") -> str:
    """All settings as the text of a YAML or JSON file; executors stay in Python.

    The text loads to an equal configuration. It names the keys of models and does not have them.
    Raises `ConfigurationError` for YAML without PyYAML.

    >>> dump_config(RuntimeConfig(models=({"id": "gpt-5"},)), format="json").startswith('{')
    True
    """
    if not isinstance(config, RuntimeConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(config).__name__
        raise ConfigurationError(f"the settings are a RuntimeConfig, not a {kind}")
    content = content_of(config)
    if format == "json":
        return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n"
    try:
        import yaml
    except ImportError as error:
        message = "YAML needs PyYAML: pip install 'hive-resilience[yaml]'; or write JSON"
        raise ConfigurationError(message) from error
    return str(yaml.safe_dump(content, sort_keys=False))  # pyright: ignore[reportUnknownMemberType]


def content_of(config: RuntimeConfig) -> Written:
    """The settings as plain values, with units; those that are None by default are left out."""
    models = {model.id: _without(written(model), "id") for model in config.models}
    groups = {group.name: _without(written(group), "name") for group in config.groups}
    return {"global": written(config.global_), "models": models, "groups": groups}


def written(settings: Settings) -> Written:
    """One group of settings, and the groups in it."""
    found: Written = {}
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        # None is left out where it is what the setting is without a word.
        if name in NOT_IN_FILES or (value is None and info.get_default() is None):
            continue
        found[name] = _plain(value, span=is_span(info))
    return found


def _plain(value: object, *, span: bool) -> object:
    match value:
        case Settings():
            return written(value)
        case Enum():
            return value.value
        case float() if span:
            return span_text(value)
        case type():
            return value.__name__
        case _:
            return [_plain(one, span=False) for one in value] if is_list(value) else value


def _without(content: Written, name: str) -> Written:
    del content[name]
    return content
