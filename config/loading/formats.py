"""Which format a settings file has, and how each is read.

The errors of a parser hold the text around a mistake, which may hold a secret: ours are raised
outside of the handlers, so that nothing leads to them.
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
from .document import Document, content_of, text_of, unreadable

_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def read_document(path: str | PathLike[str]) -> Document:
    """The file at `path`; its suffix says the format. Raises `ConfigurationError`."""
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
        return Document(file, orjson.loads(text), problems=tuple(_twice_in_json(file, text)))
    except orjson.JSONDecodeError as error:
        failure = unreadable(file, f"is not JSON: {error.msg}", error.lineno)
    except RecursionError:
        failure = unreadable(file, "is nested too deeply")
    raise failure


class _Pairs(list[tuple[object, object]]):
    """A JSON object with all its keys."""


def _twice_in_json(file: str, text: str) -> Iterator[Problem]:
    """orjson keeps the last of two equal keys, and says nothing."""
    waiting: list[tuple[str, object]] = [("", json.loads(text, object_pairs_hook=_Pairs))]
    while waiting:
        path, node = waiting.pop()
        seen: set[object] = set()
        for key, child in _inside(node):
            here = f"{path}.{key}" if path else str(key)
            if key in seen:
                yield Problem(file, None, here, None, "written twice in one object")
            seen.add(key)
            waiting.append((here, child))


def _inside(node: object) -> Iterable[tuple[object, object]]:
    if isinstance(node, _Pairs):
        return node
    return enumerate(node) if is_list(node) else ()


def _toml(file: str, text: str) -> Document:
    try:
        return Document(file, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        message = _TOML_PLACE.sub("", message)
        failure = unreadable(file, f"is not TOML: {message}", line)
    except RecursionError:
        failure = unreadable(file, "is nested too deeply")
    raise failure


def _yaml(file: str, text: str) -> Document:
    try:
        from .yaml_document import read_yaml
    except ImportError as error:
        message = "YAML needs PyYAML: pip install 'hive-resilience[yaml]'; or use TOML or JSON"
        raise unreadable(file, message) from error
    return read_yaml(file, text)
