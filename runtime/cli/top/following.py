"""Looks again each second, in a thread: a server that does not answer keeps no key waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from ..serve.remote import NotAskedError, RefusedError
from .seen import Seen
from .sources import Record, Source

EVERY = 1.0
"""Seconds from look to look."""
_END = 0.2


class Following:
    """`seen` is what was seen last; `news` is called in the thread after each look or failure."""

    def __init__(self, source: Source, first: Record, news: Callable[[], object]) -> None:
        self.seen = Seen.first(first, time.monotonic())
        self._source = source
        self._news = news
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="top", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(_END)  # it may wait for a server; the end of the process ends it

    def _run(self) -> None:
        while not self._ended.wait(EVERY):
            self.seen = self._looked()
            self._news()

    def _looked(self) -> Seen:
        try:
            return self.seen.then(self._source.look(self.seen.id), time.monotonic())
        except (NotAskedError, RefusedError) as error:
            return self.seen.losing(str(error))
        except (KeyError, TypeError, AttributeError):
            return self.seen.losing("it answers with what this command cannot read")
