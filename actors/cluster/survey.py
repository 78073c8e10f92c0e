"""What peers say of themselves: asked for only while an operator looks at the whole fleet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from ..policies.cluster.records import View

LONGEST_SURVEY = 0.3
"""Seconds that the owners wait for the peers at most; what is older stands for the rest."""


@dataclass(frozen=True, slots=True)
class ModelSums:
    """A model in one process since it was added there. `durations` is a sketch, as base64."""

    model: str
    successes: int = 0
    failures: int = 0
    timeouts: int = 0
    cancelled: int = 0
    rejected: int = 0
    in_flight: int = 0
    waiting: int = 0
    durations: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """One process: where it is, and its models."""

    host: str = ""
    pid: int = 0
    release: str = ""
    models: tuple[ModelSums, ...] = ()


@dataclass(frozen=True, slots=True)
class AskFleet:
    """What is known of the whole fleet, with new summaries of its peers."""

    peer: str = ""


@dataclass(frozen=True, slots=True)
class PeerTold:
    """A peer as the owners know it; spans are seconds. `places` is what it may have in use.

    `joined`: it has been heard within the time of a share. `age` is that of the summary.
    """

    peer: str
    heard: float
    joined: bool
    places: dict[str, int]
    summary: Summary | None = None
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelTold:
    """A model as its owner knows it; `stale`: outcomes that came too late to count."""

    model: str
    view: View
    limit: int
    lent: int
    peers: int
    trials: int = 0
    counted: int = 0
    stale: int = 0
    differ: bool = False
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class FleetTold:
    """The answer to `AskFleet`."""

    epoch: int
    learning: bool
    fenced: bool
    peers: tuple[PeerTold, ...]
    models: tuple[ModelTold, ...]


class _Told(NamedTuple):
    summary: Summary
    at: float
    asked: int


class Survey:
    """Asks peers for summaries, through their watches, and keeps the newest of each."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told: dict[str, _Told] = {}
        self._arrived = asyncio.Event()
        self.asked = 0
        """How often the peers were asked in this epoch."""

    def take(self, peer: str, summary: Summary | None) -> None:
        """A peer has said how it is."""
        if summary is not None:
            self._told[peer] = _Told(summary, self._now(), self.asked)
            self._arrived.set()
            self._arrived.clear()

    def leave(self, peer: str) -> None:
        """The peer has ended."""
        self._told.pop(peer, None)

    def keep(self, peers: Collection[str]) -> None:
        """Forget all other peers."""
        self._told = {peer: told for peer, told in self._told.items() if peer in peers}

    def of(self, peer: str) -> tuple[Summary | None, float]:
        """The newest summary of a peer, and how old it is; None: it has given none."""
        told = self._told.get(peer)
        return (None, 0.0) if told is None else (told.summary, self._now() - told.at)

    async def answered(self, peers: Callable[[], Collection[str]]) -> None:
        """Wait until these peers have answered what is asked now, as long as that makes sense."""
        number = self.asked
        try:
            async with asyncio.timeout(LONGEST_SURVEY):
                while any(self._answer_of(peer) < number for peer in peers()):
                    await self._arrived.wait()
        except TimeoutError:
            return  # a peer of an earlier release never answers

    def _answer_of(self, peer: str) -> int:
        told = self._told.get(peer)
        return 0 if told is None else told.asked
