"""What a peer may do at a model: its share of the places, for a time, and what it does without one.

A share counts from the *sending* of the exchange that it answers, so that it is over here before it
is over in the owner's book, however long the answer took.
"""

from __future__ import annotations

from ....config.settings.distribution.cluster import Alone
from .ledger import Claim


class Share:
    """A peer's share of the places of one model.

    >>> share = Share()
    >>> share.take_over(places=10, seconds=3.0, sent_at=0.0)
    >>> share.places(now=2.9), share.places(now=3.0)
    (10, 0)
    """

    __slots__ = ("_places", "until")

    def __init__(self) -> None:
        self._places = 0
        self.until: float = float("-inf")

    def take_over(self, *, places: int, seconds: float, sent_at: float) -> None:
        """The answer to the exchange that was sent at `sent_at`, which has to be the last one."""
        self._places, self.until = places, sent_at + seconds

    def holds(self, now: float) -> bool:
        """Whether there is a share; without one the peer is alone."""
        return now < self.until

    def places(self, now: float) -> int:
        """The places of the share now."""
        return self._places if now < self.until else 0

    def claim(self, now: float) -> Claim:
        """What it holds, for the next exchange."""
        return Claim(self._places, self.until - now) if now < self.until else Claim()


def part_alone(how: Alone, peers: int) -> float:
    """The part of the fleet's limits for a peer without a share, of so many peers.

    >>> part_alone(Alone.SHARE, 4), part_alone(Alone.STOP, 4), part_alone(Alone.LOCAL, 4)
    (0.25, 0.0, 1.0)
    """
    if how is Alone.STOP:
        return 0.0
    return 1.0 if how is Alone.LOCAL else 1.0 / max(1, peers)


def wanted(in_flight: int, waiting: int) -> int:
    """How many places to ask for: those in use, those waited for, and a quarter more; at least 1.

    >>> wanted(0, 0), wanted(8, 4)
    (1, 15)
    """
    busy = in_flight + waiting
    return max(1, busy + -(-busy // 4))
