"""The one thread that writes a history. What it cannot write waits, and no task ever does.

Records come by queues that never block. They are written each second, or once there are 500. After
a failure the writer tries again in 5 s, then in twice as long, up to 5 minutes. Meanwhile points
add up in memory; other rows wait in their order, and the oldest are dropped and counted.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from ....actors.engine.interruptible import apart
from ....config.errors import ConfigurationError
from ....config.values.log_fields import log_event
from ..receipt import Receipt
from .backlog import Backlog
from .files import (
    FileLock,
    claim,
    is_malformed,
    rename_malformed,
    retry_delay,
    word_of,
)
from .records import SeriesPoint, Stored
from .schema import OtherFileError
from .store import SqliteStore, gap
from .tidying import Keep

log: logging.Logger = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds from one transaction to the next."""
BATCH = 500
_TIDY_STEPS = 10
_NO_REASON = "error"


class Health(Protocol):
    """Hears whether a history can be written; called in the writer's thread, once a change."""

    def __call__(self, failing: str | None, /) -> None:
        """`failing`: a word for what is wrong; None: all is well again."""
        ...


class Writer:
    """Writes into a folder. `every` is seconds, `wall` and `clock` give the time."""

    def __init__(
        self,
        folder: Path,
        name: str | None,
        keep: Keep,
        health: Health,
        *,
        every: float = EVERY,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.backlog: Backlog = Backlog()
        self.keep: Keep = keep
        self._folder = folder
        self._name = name
        self._health = health
        self._every = every
        self._wall = wall
        self._clock = clock
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._tickets: deque[Receipt] = deque()
        self._lock: FileLock | None = None
        self._path: Path
        self._store: SqliteStore | None = None
        self._failing_since: float | None = None
        self._failing: str | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._ended = False
        self.fault: sqlite3.Error | None = None
        """What each transaction fails with, where an experiment says so."""
        self.refusal: ConfigurationError | None = None
        """Why it has not begun at all; None: it has."""
        self._started = Receipt()
        self._thread = threading.Thread(target=self._work, name="history", daemon=True)

    # From any thread, without waiting.

    @property
    def path(self) -> Path | None:
        """The file; None before the start, and while it cannot be had."""
        return None if self._store is None else self._store.path

    @property
    def failing(self) -> str | None:
        """A word for what keeps it from writing; None: it writes."""
        return self._failing

    def start(self) -> Receipt:
        """Begin. Once that is settled, `refusal` says whether another process has the file."""
        apart(self._thread.start)
        return self._started

    def put_points(self, points: Sequence[SeriesPoint]) -> None:
        """What has happened at models; never dropped."""
        self.backlog.put_points(points)

    def put(self, record: Stored) -> None:
        """A row; where too many wait, the oldest are dropped."""
        if self.backlog.put(record) % BATCH == 0:
            self._wakes.put(None)

    def flush(self) -> Receipt | None:
        """What is done once all that was put so far is in the file; None: it cannot be written."""
        if self._ended or self._failing is not None:
            return None
        ticket = Receipt()
        self._tickets.append(ticket)
        self._wakes.put(None)
        return ticket

    def stop(self) -> None:
        """Write what waits and end. Never waits: `join` does."""
        self._ended = True
        self._wakes.put(None)

    @property
    def thread(self) -> threading.Thread:
        """The thread, to be waited for."""
        return self._thread

    # In the thread.

    def _work(self) -> None:
        try:
            self._open()
        except ConfigurationError as error:
            self._ended = True
            self._release()
            self.refusal = error
            self._started.settle()
            return
        self._started.settle()
        while not self._ended:
            with suppress(Empty):
                self._wakes.get(timeout=self._every)
            self._cycle()
        self._cycle(at_last=True)
        self._let_go()

    def _cycle(self, *, at_last: bool = False) -> None:
        tickets = [self._tickets.popleft() for _ in range(len(self._tickets))]
        try:
            if self._failing is None or at_last or self._clock() >= self._retry_at:
                self._write()
        except Exception as error:
            self._failed(error)
        finally:
            for ticket in tickets:
                ticket.settle()
        if not at_last:
            self._tidy()

    def _write(self) -> None:
        if self._store is None:
            self._open_again()
        store = self._store
        if store is None:
            return
        if self.fault is not None:
            raise self.fault
        batch = self.backlog.take()
        if self._failing_since is not None:
            reason, dropped = self._failing or _NO_REASON, self.backlog.dropped
            batch.append(gap(self._failing_since, self._wall(), reason, dropped))
        elif self.backlog.dropped:
            batch.append(gap(self._wall(), self._wall(), "too many", self.backlog.dropped))
        if batch:
            store.append(batch)
        self.backlog.written()
        self._recovered()

    def _tidy(self) -> None:
        store = self._store
        if store is None:
            return
        store.keep = self.keep
        try:
            for _ in range(_TIDY_STEPS):
                if not store.tidy(self._wall(), self._clock()):
                    break
        except Exception as error:
            self._failed(error)

    def _open(self) -> None:
        """Open for the first time. Only what another process has is an error here."""
        try:
            self._open_again()
        except ConfigurationError:
            raise
        except Exception as error:
            self._failed(error)

    def _open_again(self) -> None:
        if self._lock is None:
            self._path, self._lock = claim(self._folder, self._name)
        store = SqliteStore(self._path, self.keep)
        try:
            _open_or_begin(store)
            last = store.last_written()
        except BaseException as error:
            store.close()
            if isinstance(error, OtherFileError):
                told = f"the history {self._path} cannot be used: {error}"
                raise ConfigurationError(told, key="history") from None
            raise
        self._store = store
        self._note_absence(last)

    def _note_absence(self, last: float | None) -> None:
        """While no process wrote the file there is nothing in it, which is not the same as zero."""
        if last is not None and self._failing_since is None and self._wall() > last + 120.0:
            self.backlog.put(gap(last, self._wall(), "not running"))

    def _failed(self, error: Exception) -> None:
        word = word_of(error)
        self._close_store()
        self._failures += 1
        self._retry_at = self._clock() + retry_delay(self._failures)
        if is_malformed(error):
            with suppress(OSError):
                rename_malformed(self._path)
                self._retry_at = self._clock()
        if self._lock is not None and not self._lock.path.exists():
            self._release()
        if self._failing_since is None:
            self._failing_since = self._wall()
        if self._failing is None:
            log.warning(
                "the history in %s cannot be written: %s",
                self._folder,
                word,
                extra=log_event("history.failing", folder=str(self._folder), why=word),
            )
            self._failing = word
            self._health(word)

    def _recovered(self) -> None:
        self._failures, self._failing_since = 0, None
        if self._failing is not None:
            log.info(
                "the history in %s is written again",
                self._folder,
                extra=log_event("history.recovered", folder=str(self._folder)),
            )
            self._failing = None
            self._health(None)

    def _let_go(self) -> None:
        self._close_store()
        self._release()

    def _close_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            with suppress(sqlite3.Error):
                store.close()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()


def _open_or_begin(store: SqliteStore) -> None:
    """Open the file; a malformed one is set aside for a new one."""
    try:
        store.open()
    except sqlite3.DatabaseError as error:
        if not is_malformed(error):
            raise
        rename_malformed(store.path)
        store.open()
