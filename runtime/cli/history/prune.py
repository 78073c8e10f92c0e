"""`hive-resilience history prune`: files that no process writes, made smaller or deleted."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ....config.settings.observability.history import HistoryConfig
from ...observability.history.files import SIDES, FileLock, LockedError, databases
from ...observability.history.store import SqliteStore
from ...observability.history.tidying import Keep
from .asking import DONE, NO_HISTORY, WRONG, WrongOptionError, say, span

_ENOUGH = 1e9
"""Seconds of uptime: no purge waits here for a clock to be set back."""


def prune(folder: Path, older_than: str) -> int:
    """Prune all files; the exit code."""
    try:
        age = span("--older-than", older_than) if older_than else None
        paths = databases(folder)
    except WrongOptionError as error:
        return say(str(error), WRONG)
    except OSError as error:
        return say(f"there is no history at {error}", NO_HISTORY)
    keep = Keep.of(HistoryConfig())
    if age is not None:
        keep = replace(keep, ages=tuple((table, age) for table, _ in keep.ages))
    codes = [_prune_file(path, keep) for path in paths]
    if age is not None and folder.is_dir():
        _delete_malformed(folder, time.time() - age)
    return max(codes)


def _prune_file(path: Path, keep: Keep) -> int:
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        lock.acquire()
    except LockedError as error:
        print(f"{path}: left alone: {error} writes it, and prunes it by its settings")
        return DONE
    try:
        before = path.stat().st_size
        is_empty = _tidied(path, keep)
        if is_empty:
            for side in ("", *SIDES):
                Path(f"{path}{side}").unlink(missing_ok=True)
            lock.path.unlink(missing_ok=True)
            print(f"{path}: deleted, nothing was left in it")
        else:
            print(f"{path}: {before:,} bytes before, {path.stat().st_size:,} now")
    except (sqlite3.Error, OSError) as error:
        word = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", str(error))
        return say(f"{path}: cannot be pruned: {word}", NO_HISTORY)
    finally:
        lock.release()
    return DONE


def _tidied(path: Path, keep: Keep) -> bool:
    """Delete what is old; whether nothing is left."""
    store = SqliteStore(path, keep)
    try:
        store.open()
        now = time.time()
        for uptime in (_ENOUGH, 2 * _ENOUGH, 3 * _ENOUGH):
            while store.tidy(now, uptime):
                pass
        return store.is_empty()
    finally:
        store.close()


def _delete_malformed(folder: Path, before: float) -> None:
    for path in folder.glob("history-*.db.corrupt-*"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
                print(f"{path}: deleted")
