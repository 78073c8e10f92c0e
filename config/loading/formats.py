"""The formats of settings files, and how each is read.

A parser's error holds the text around a mistake, which may hold a secret: our errors are raised
outside of the handlers, so that no error leads to the parser's.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

import orjson

from ..errors import Problem
from ..values.values import is_list
from ..values.words import KeyPath
from .document import (
    MOST_VALUES,
    TOO_DEEP,
    TOO_MUCH,
    Document,
    check_extent,
    content_of,
    text_of,
    unreadable,
)

_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def read_document(path: str | PathLike[str]) -> Document:
    """The file at `path`; its suffix gives the format. Raises `ConfigurationError`."""
    file = Path(path)
    readers = {".yml": _yaml, ".yaml": _yaml, ".toml": _toml, ".json": _json}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise unreadable(file.name, "the name of a settings file ends in " + ", ".join(readers))
    return reader(file.name, text_of(file, content_of(file)))


def _json(file: str, text: str) -> Document:
    if not text.strip():
        return Document(file, None)
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # orjson stops by itself before Python's stack would end.
        too_deep = "recursion limit" in error.msg
        told = TOO_DEEP if too_deep else f"is not JSON: {error.msg}"
        failure = unreadable(file, told, None if too_deep else error.lineno)
    else:
        check_extent(file, content)
        return Document(file, content, problems=tuple(_twice_in_json(file, text)))
    raise failure


class _Pairs(list[tuple[object, object]]):
    """A JSON object with all its keys."""


def _twice_in_json(file: str, text: str) -> Iterator[Problem]:
    """orjson keeps the last of two equal keys in silence."""
    # Only the keys are wanted here, and `int` refuses long numbers.
    whole = json.loads(text, object_pairs_hook=_Pairs, parse_int=str)
    waiting: list[tuple[KeyPath, object]] = [((), whole)]
    while waiting:
        path, node = waiting.pop()
        seen: set[object] = set()
        for key, child in _inside(node):
            here: KeyPath = (*path, key if isinstance(key, int) else str(key))
            if key in seen:
                name = ".".join(map(str, here))
                yield Problem(file, None, name, None, "written twice in one object")
            seen.add(key)
            waiting.append((here, child))


def _inside(node: object) -> Iterable[tuple[object, object]]:
    if isinstance(node, _Pairs):
        return node
    return enumerate(node) if is_list(node) else ()


_MOST_WORK = 4_000_000
"""Of Python's TOML parser: it takes the square of the dots in a key."""


def _check_work(file: str, text: str) -> None:
    """Raises `ConfigurationError` for a text that would keep the parser busy; cheap and generous.

    It counts dots and commas in texts too: a thousand sentences on a line are still allowed.
    """
    if text.count(",") + text.count("\n") > MOST_VALUES:
        raise unreadable(file, TOO_MUCH)
    work = table = 0
    for line in text.split("\n"):
        dots = line.count(".")
        work += (dots + table) * (dots + 1)
        if line.lstrip().startswith("["):
            table = dots
        if work > _MOST_WORK:
            raise unreadable(file, "has keys with too many dots")


def _toml(file: str, text: str) -> Document:
    _check_work(file, text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        message = _TOML_PLACE.sub("", message)
        failure = unreadable(file, f"is not TOML: {message}", line)
    except ValueError as error:  # a number that is too long, a day that no month has
        failure = unreadable(file, f"is not TOML: {error}")
    except RecursionError:
        failure = unreadable(file, TOO_DEEP)
    else:
        check_extent(file, content)
        return Document(file, content)
    raise failure


def _yaml(file: str, text: str) -> Document:
    try:
        from .yaml_document import read_yaml
    except ImportError as error:
        message = "YAML needs PyYAML: pip install 'hive-resilience[yaml]'; or use TOML or JSON"
        raise unreadable(file, message) from error
    return read_yaml(file, text)
