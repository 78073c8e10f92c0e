"""The effective settings, each with its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..base import Settings
from ..export.dump import written
from ..settings.runtime import RuntimeConfig
from ..settings.spelling import names
from ..values.values import is_list, is_mapping
from ..values.words import KeyPath, printable
from .dotenv import NAME as DOTENV
from .draft import Draft, Place
from .environment import FILE as ENVIRONMENT

DEFAULT = "default"


class Setting(NamedTuple):
    """One setting: its dotted key, its value as text, its source."""

    key: str
    value: str
    source: str


def settings_of(config: RuntimeConfig, draft: Draft) -> Iterator[Setting]:
    """Every setting of a configuration that was read into `draft`."""
    yield from _inside(config.global_, ("global",), "global", draft)
    for section, members in (("models", config.models), ("groups", config.groups)):
        for at, member in enumerate(members):
            name = getattr(member, "id" if section == "models" else "name")
            yield from _inside(member, (section, at), f"{section}.{name}", draft)


def settings_of_model(config: RuntimeConfig, model_id: str, draft: Draft) -> Iterator[Setting]:
    """Those of one model, by their keys inside of it; none where there is no such model."""
    for at, model in enumerate(config.models):
        if model.id == model_id:
            for one in _inside(model, ("models", at), "", draft):
                yield one._replace(key=one.key.removeprefix("."))


def _inside(settings: Settings, path: KeyPath, key: str, draft: Draft) -> Iterator[Setting]:
    values = written(settings)
    for name in names(type(settings)):
        if name in ("id", "name"):
            continue
        value = getattr(settings, name)
        here = (*path, name)
        if isinstance(value, Settings):
            yield from _inside(value, here, f"{key}.{name}", draft)
            continue
        place = draft.places.get(here)
        source = DEFAULT if place is None else source_of(place)
        yield Setting(f"{key}.{name}", text_of(values.get(name)), source)


def source_of(place: Place) -> str:
    """Where a setting was written, in a few words."""
    file = place.file or ""
    where = file if place.line is None else f"{file}:{place.line}"
    # A variable names itself; a key of a file is the setting's own name.
    return f"{where} {place.key}" if file in (ENVIRONMENT, DOTENV) else where


def text_of(value: object) -> str:
    """A plain value as a reader expects it."""
    match value:
        case None | []:
            return "none"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:,.10g}" if value < 1e15 else repr(value)
        case _ if is_mapping(value) and not value:
            return "none"
        case _ if is_list(value):
            return ", ".join(map(text_of, value))
        case _ if is_mapping(value):
            told = (f"{printable(str(name))}: {text_of(inner)}" for name, inner in value.items())
            return ", ".join(told)
        case _:
            return printable(str(value))
