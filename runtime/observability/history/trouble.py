"""What is wrong with a disk or a file, in a word, and what follows from it."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from ....config.values.log_fields import log_event
from .files import set_aside
from .store import VanishedError

log = logging.getLogger(__name__)

FIRST_RETRY, LAST_RETRY = 5.0, 300.0
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def retry_delay(failures: int) -> float:
    """Seconds until the next try, after so many failures in a row.

    >>> [retry_delay(failures) for failures in (1, 2, 3, 7, 100)]
    [5.0, 10.0, 20.0, 300.0, 300.0]
    """
    return min(LAST_RETRY, FIRST_RETRY * 2 ** min(failures - 1, 10))


def rename_malformed(path: Path) -> None:
    """Set a malformed file aside, and say so in the log."""
    aside = set_aside(path)
    log.warning(
        "the history was malformed, and is %s now; a new one begins",
        aside.name,
        extra=log_event("history.malformed", file=aside.name),
    )


def is_malformed(error: Exception) -> bool:
    """Whether the file is no sound database."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _CORRUPT


def word_of(error: Exception) -> str:
    """A word for what is wrong: SQLite's, or that of the system. No text of an error."""
    if isinstance(error, VanishedError):
        return "vanished"
    name = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None)
    return str(name) if name else type(error).__name__
