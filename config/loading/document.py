"""A settings file as plain values, with the lines where its keys stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConfigurationError, Problem
from ..values.words import KeyPath


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
