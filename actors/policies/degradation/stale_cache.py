"""Answers that are kept for the time when no model answers: bounded by number, bytes and age."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from ....config.settings.adaptation.degradation import StaleCacheConfig


class Kept(NamedTuple):
    """An answer, when it was given (monotonic seconds), and how large it is."""

    value: object
    at: float
    size: int


class StaleCache:
    """The answers of one fleet by the key that the application gives them.

    >>> cache = StaleCache(StaleCacheConfig(max_age=60.0))
    >>> cache.keep("question", "answer", 6, now=0.0)
    >>> cache.find("question", now=30.0), cache.find("question", now=61.0)
    (('answer', 30.0), None)
    """

    __slots__ = ("_bytes", "_config", "_kept", "hits")

    def __init__(self, config: StaleCacheConfig) -> None:
        self._config = config
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0
        self.hits = 0
        """Answers that were given."""

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes of all answers."""
        return self._bytes

    def adopt(self, config: StaleCacheConfig) -> None:
        """Go on within other bounds."""
        self._config = config
        self._shrink()

    def keep(self, key: Hashable, value: object, size: int, *, now: float) -> None:
        """Keep an answer in place of an earlier one; an answer that is too large is not kept."""
        self._drop(key)
        if size > self._config.max_bytes:
            return
        self._kept[key] = Kept(value, now, size)
        self._bytes += size
        self._shrink()

    def find(self, key: Hashable, *, now: float) -> tuple[object, float] | None:
        """The answer and its age in seconds; None where there is none that is young enough."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        age = now - kept.at
        if age > self._config.max_age:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return kept.value, age

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size

    def _shrink(self) -> None:
        config = self._config
        while len(self._kept) > config.max_entries or self._bytes > config.max_bytes:
            _, kept = self._kept.popitem(last=False)
            self._bytes -= kept.size
