"""What is told to each worker that starts: what an operator has done, and holds without an end."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import orjson

MOST_REMEMBERED = 4_096
"""Things that are told to a worker which starts; the oldest are forgotten."""


class Holds:
    """Of each subject the last word. With a `file` they outlive their process."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._found: dict[str, tuple[str, str]] = {}
        if file is not None:
            with suppress(OSError, ValueError):
                read = orjson.loads(file.read_bytes())
                self._found = {subject: (word, body) for subject, (word, body) in read.items()}

    def all(self) -> Iterable[tuple[str, str]]:
        """Word and body of each, the oldest first."""
        return self._found.values()

    def remember(self, subject: str, word: str | None, body: str | None) -> None:
        """This holds from now on; None: nothing of this subject does any more."""
        self._found.pop(subject, None)
        if word is not None and body is not None:
            self._found[subject] = word, body
        while len(self._found) > MOST_REMEMBERED:
            del self._found[next(iter(self._found))]
        if self._file is not None:
            self._write(self._file)

    def _write(self, file: Path) -> None:
        """In one step: a process that is killed meanwhile leaves the old one or the new one."""
        new = file.with_suffix(".new")
        new.write_bytes(orjson.dumps(self._found))
        new.replace(file)
