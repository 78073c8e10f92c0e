"""The `.env` beside a settings file: variables that the real environment goes before."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from ..errors import Problem
from .document import content_of, text_of, unreadable

NAME = ".env"
MOST_LINES = 10_000
"""Its parser takes 60 us a line: without a bound 4 MiB would take a quarter of a minute."""


class Variable(NamedTuple):
    """One line of the file."""

    name: str
    value: str
    line: int


def read_dotenv(folder: Path, prefix: str) -> tuple[list[Variable], list[Problem]]:
    """The variables that begin with `prefix`, and the mistakes. No file: no variables.

    A file without `prefix` in it belongs to another program and is not read. Raises
    `ConfigurationError` where the extra that reads it is missing, or the file is too long.
    """
    file = folder / NAME
    if not file.is_file():
        return [], []
    content = content_of(file)
    if prefix.encode() not in content:
        return [], []
    if content.count(b"\n") > MOST_LINES:
        raise unreadable(NAME, f"has more than {MOST_LINES:,} lines")
    text = text_of(file, content)
    found: dict[str, Variable] = {}
    problems: list[Problem] = []
    for variable in _parsed(text, prefix, problems):
        if variable.name in found:
            told = f"written twice, first on line {found[variable.name].line}"
            problems.append(Problem(NAME, variable.line, variable.name, None, told))
        found.setdefault(variable.name, variable)
    return list(found.values()), problems


def _parsed(text: str, prefix: str, problems: list[Problem]) -> Iterator[Variable]:
    try:
        from dotenv.parser import parse_stream
    except ImportError as error:
        message = "needs python-dotenv: pip install 'hive-resilience[env]'"
        raise unreadable(NAME, message) from error
    for binding in parse_stream(StringIO(text)):
        # Blank lines before a line belong to it.
        written = binding.original.string
        blank = len(written) - len(written.lstrip())
        line = binding.original.line + written.count("\n", 0, blank)
        if binding.error:
            # The text is not quoted: it may hold a secret.
            problems.append(Problem(NAME, line, None, None, "should be NAME=value"))
        elif binding.key is None or not binding.key.startswith(prefix):
            continue
        elif binding.value is None:
            problems.append(Problem(NAME, line, binding.key, None, "has no value: NAME=value"))
        else:
            yield Variable(binding.key, binding.value, line)
