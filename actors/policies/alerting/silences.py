"""Silences: alerts that are not told for a while, because a person has said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from .identity import fits

MOST = 1_000
"""Silences at once."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts with these labels are not told between two moments (monotonic seconds)."""

    id: str
    match: Mapping[str, str]
    starts: float
    ends: float
    author: str
    comment: str

    def is_active(self, now: float) -> bool:
        """Whether it silences now."""
        return self.starts <= now < self.ends


class Silences:
    """Those that are in force or will be."""

    def __init__(self) -> None:
        self._all: dict[str, Silence] = {}

    def __iter__(self) -> Iterator[Silence]:
        return iter(tuple(self._all.values()))

    @property
    def is_full(self) -> bool:
        """Whether no other one fits in."""
        return len(self._all) >= MOST

    def add(self, silence: Silence) -> None:
        """One more; one of the same id takes its place."""
        self._all[silence.id] = silence

    def remove(self, silence_id: str) -> Silence | None:
        """End one now; None: there was none of this id."""
        return self._all.pop(silence_id, None)

    def expire(self, now: float) -> tuple[Silence, ...]:
        """Forget those that are over."""
        over = tuple(silence for silence in self._all.values() if silence.ends <= now)
        for silence in over:
            del self._all[silence.id]
        return over

    def next_at(self, now: float) -> float:
        """When the next one begins or ends; infinite: none does."""
        edges = (edge for one in self._all.values() for edge in (one.starts, one.ends))
        return min((edge for edge in edges if edge > now), default=inf)

    def of(self, labels: Mapping[str, str], now: float) -> tuple[str, ...]:
        """The ids of those that silence an alert with these labels."""
        return tuple(
            silence.id
            for silence in self._all.values()
            if silence.is_active(now) and fits(silence.match, labels)
        )
