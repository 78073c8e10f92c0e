"""Several processes of one fleet, and what all of them have seen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from .processes import eventually
from .ray_kit import Cluster, Program

PEER = "tests.runtime.cluster.peer_program"
LIMIT = 30
"""Places of the whole fleet."""
PATIENT: dict[str, Any] = {"share_time": 10.0, "exchange_timeout": 2.0}
"""For what is no matter of time, and is to pass on a busy machine too."""
Call = tuple[float, float]


class Peer(Program):
    """A process with a runtime that is part of the fleet."""

    def __init__(self, dead: Path, **cluster: Any) -> None:
        # Its own Ray is the application's affair; that of a link is ours.
        variables = {"RAY_AUTH_MODE": "token"} if "link" in cluster else {}
        super().__init__(PEER, str(dead), json.dumps(cluster), **variables)
        self.calls: list[Call] = []
        self.failed: list[tuple[float, str]] = []
        self.events: list[tuple[float, str]] = []
        self.now: dict[str, Any] = {}

    def look(self) -> dict[str, Any]:
        """What it says of itself now; what happened since is added to the rest."""
        under_way = self.now.get("now")
        self.now = found = self.ask("tell")
        self.calls = [call for call in self.calls if call[1] != under_way]
        self.calls += [(start, end) for start, end in found["calls"]]
        self.failed += [(at, words) for at, words in found["failed"]]
        self.events += [(at, name) for at, name in found["events"]]
        return found

    def at(self, name: str, since: float) -> float | None:
        """When the first event of this name has come."""
        return next((at for at, event in self.events if event == name and at >= since), None)


class Peers:
    """The processes of a fleet. Times are those of the machine's monotonic clock."""

    def __init__(self, peers: list[Peer]) -> None:
        self.all = peers

    def look(self) -> None:
        """Ask all of them."""
        for peer in self.all:
            peer.look()

    def forget(self) -> float:
        """Begin to watch; from when on."""
        self.look()
        for peer in self.all:
            peer.calls, peer.failed, peer.events = [], [], []
        return time.monotonic()

    def until(self, holds: Callable[[Peer], object], limit: float = 60.0) -> None:
        """Look until that holds for each of them."""

        def all_do() -> bool:
            self.look()
            return all(holds(peer) for peer in self.all)

        eventually(all_do, limit)

    def until_event(self, name: str, since: float, limit: float = 60.0) -> float:
        """Seconds until each of them has seen it."""
        self.until(lambda peer: peer.at(name, since), limit)
        return max(peer.at(name, since) or 0.0 for peer in self.all) - since

    @property
    def places(self) -> list[int]:
        """The share of each, when it was asked last."""
        return [peer.now["places"][0] for peer in self.all]

    @property
    def calls(self) -> list[Call]:
        """All calls, by their beginning."""
        return sorted(call for peer in self.all for call in peer.calls)

    @property
    def failed(self) -> list[tuple[float, str]]:
        """All tasks without an answer."""
        return [each for peer in self.all for each in peer.failed]


@contextmanager
def some_peers(
    cluster: Cluster, count: int, dead: Path, **more: Any
) -> Generator[Peers, None, None]:
    """So many, which have joined; all have ended after, and Ray has said nothing in them."""
    peers = [Peer(dead, address=cluster.address, **more) for _ in range(count)]
    try:
        found = Peers(peers)
        found.until(lambda peer: peer.now["joined"])
        yield found
    finally:
        for peer in peers:
            peer.let_go()
        codes = [peer.end() for peer in peers]
    assert all(code in (0, -9) for code in codes), codes
    assert [peer.noise for peer in peers if peer.noise] == []


def peak(calls: Iterable[Call]) -> int:
    """The most calls that were in flight at once."""
    moves = sorted(move for start, end in calls for move in ((start, 1), (end, -1)))
    most = now = 0
    for _, step in moves:
        now += step
        most = max(most, now)
    return most


def longest_gap(calls: Iterable[Call], since: float, until: float) -> float:
    """The longest time in which no call began."""
    starts = [since, *sorted(start for start, _ in calls if since <= start <= until), until]
    return max(later - sooner for sooner, later in pairwise(starts))


def rates(calls: Iterable[Call], since: float, until: float, step: float = 0.5) -> list[int]:
    """How many calls began in each step of this time."""
    counts = [0] * int((until - since) / step)
    for start, _ in calls:
        place = int((start - since) // step)
        if 0 <= place < len(counts):
            counts[place] += 1
    return counts
