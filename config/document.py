"""A YAML, TOML or JSON file as plain values, with the lines where its keys stand."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import orjson

from .errors import ConfigurationError, Problem
from .words import KeyPath

_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds. `lines` is empty for formats that do not tell."""

    file: str
    content: object
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest key around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def read_document(path: str | PathLike[str]) -> Document:
    """The file at `path`; its suffix says the format. Raises `ConfigurationError`."""
    file = Path(path)
    readers = {".yml": _yaml, ".yaml": _yaml, ".toml": _toml, ".json": _json}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise unreadable(file.name, "the name of a settings file ends in " + ", ".join(readers))
    return reader(file.name, text_of(file, content_of(file)))


def unreadable(file: str, message: str, line: int | None = None) -> ConfigurationError:
    """The error for a file that cannot be read at all."""
    return ConfigurationError.of([Problem(file, line, None, None, message)])


def content_of(file: Path) -> bytes:
    """What is in the file. Raises `ConfigurationError`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(str(file), f"cannot be read: {error.strerror}") from error


def text_of(file: Path, content: bytes) -> str:
    """What is in the file as text. Raises `ConfigurationError`."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"is not UTF-8 text: {error.reason}"
    # Raised outside of the handler: the decoder's error has the whole file in it.
    raise unreadable(str(file), reason, line)


# Parsers' errors have the text around a mistake, which may hold a secret: ours are raised outside
# of the handlers, so that nothing leads to them.
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


class _Pairs(list[tuple[str, object]]):
    """A JSON object with all its keys."""


def _twice_in_json(file: str, text: str) -> Iterator[Problem]:
    """orjson keeps the last of two equal keys, and says nothing."""
    waiting: list[tuple[str, object]] = [("", json.loads(text, object_pairs_hook=_Pairs))]
    while waiting:
        path, node = waiting.pop()
        listed = node if isinstance(node, list) else ()
        inner = listed if isinstance(node, _Pairs) else enumerate(listed)
        seen: set[object] = set()
        for key, child in inner:
            here = f"{path}.{key}" if path else str(key)
            if key in seen:
                yield Problem(file, None, here, None, "written twice in one object")
            seen.add(key)
            waiting.append((here, child))


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
