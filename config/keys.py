"""How settings are spelled, and which one a wrong key may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from pydantic.alias_generators import to_camel, to_snake

from .base import Settings
from .model import ModelConfig

NOT_IN_FILES = {"executor"}
"""Settings that only Python can give."""


@cache
def names(kind: type[Settings]) -> tuple[str, ...]:
    """The settings of a group in snake_case, as a file or a variable may set them."""
    written = (name.rstrip("_") for name in kind.model_fields)
    return tuple(name for name in written if name not in NOT_IN_FILES)


@cache
def groups(kind: type[Settings]) -> dict[str, type[Settings]]:
    """The settings of a group that are groups themselves."""
    found: dict[str, type[Settings]] = {}
    for name, field in kind.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Settings):
            found[name.rstrip("_")] = field.annotation
    return found


def name_of(kind: type[Settings], key: str) -> str | None:
    """The setting that `key` spells in snake_case or camelCase, or None."""
    if key in names(kind):
        return key
    return _camel_names(kind).get(key)


def unknown(kind: type[Settings], key: str) -> str:
    """What to say of a key that spells no setting."""
    if kind is ModelConfig and key in NOT_IN_FILES:
        return "unknown key; an executor is given in Python: executors={id: function}"
    meant = _nearest(kind, key)
    if meant is None:
        allowed = ", ".join(_spelled_like(key, name) for name in names(kind))
        return f"unknown key; allowed here: {allowed}"
    return f"unknown key; did you mean {_spelled_like(key, meant)}?"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like `word`, or None."""
    found = get_close_matches(word, list(known), n=1)
    return found[0] if found else None


@cache
def _camel_names(kind: type[Settings]) -> dict[str, str]:
    return {to_camel(name): name for name in names(kind)}


def _nearest(kind: type[Settings], key: str) -> str | None:
    word = to_snake(key)
    inner = {name: group for group, inner in groups(kind).items() for name in names(inner)}
    if word in inner:
        return f"{inner[word]}.{word}"
    own = nearest(word, names(kind))
    if own is not None:
        return own
    deeper = nearest(word, inner)
    return None if deeper is None else f"{inner[deeper]}.{deeper}"


def _spelled_like(key: str, path: str) -> str:
    if "_" in key or "-" in key:
        return path
    return ".".join(to_camel(name) for name in path.split("."))
