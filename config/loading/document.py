"""A settings file as plain values, with the lines where its keys stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConfigurationError, Problem
from ..values.values import is_list, is_mapping
from ..values.words import KeyPath

MOST_BYTES = 4 * 1024 * 1024
"""Of a settings file, and of a `.env`."""
MOST_VALUES = 250_000
"""Keys and values of a file, the repeated ones of YAML's aliases too."""
MOST_NUMBER = 10**300
"""Hexadecimal digits make numbers that Python does not even show."""
DEEPEST = 64
"""Levels of lists and mappings inside each other."""
TOO_DEEP = f"is nested too deeply: {DEEPEST} levels are allowed"
TOO_MUCH = f"has too many keys and values: {MOST_VALUES:,} are allowed"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds. `lines` is empty for formats that do not tell."""

    file: str
    content: object
    lines: Mapping[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest key around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def unreadable(file: str, message: str, line: int | None = None) -> ConfigurationError:
    """The error for a file that cannot be read at all."""
    return ConfigurationError.of([Problem(file, line, None, None, message)])


def content_of(file: Path) -> bytes:
    """What is in the file. Raises `ConfigurationError`."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(str(file), f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a path with a zero character
        raise unreadable(repr(str(file)), f"cannot be read: {error}") from error
    if len(content) > MOST_BYTES:
        raise unreadable(file.name, f"is too long: {MOST_BYTES:,} bytes are allowed")
    return content


def check_extent(file: str, content: object) -> None:
    """Raises `ConfigurationError` for content that is too deep or too much."""
    count, level = 0, [content]
    for _ in range(DEEPEST + 2):
        count += len(level)
        if count > MOST_VALUES:
            raise unreadable(file, TOO_MUCH)
        if any(isinstance(node, int) and abs(node) > MOST_NUMBER for node in level):
            raise unreadable(file, "has a number that is too long")
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise unreadable(file, TOO_DEEP)


def _children(node: object) -> Iterable[object]:
    if is_mapping(node):
        return node.values()
    return node if is_list(node) else ()


def text_of(file: Path, content: bytes) -> str:
    """What is in the file as text. Raises `ConfigurationError`."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"is not UTF-8 text: {error.reason}"
    # Raised outside of the handler: the decoder's error has the whole file in it.
    raise unreadable(str(file), reason, line)
