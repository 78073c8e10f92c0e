"""Which peer has how many of a model's places, for how long: the owner's book.

A place is lent for a time. It is lent again only once it was returned or its time is over, so that
the sum of what is lent stays within the limit whatever gets lost, late or doubled on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

from .fairness import fair_shares

CLOCK_ERROR = 0.01
"""By which part a clock may run too fast or too slow, an owner's and a peer's alike."""
PATIENCE = (1 + CLOCK_ERROR) / (1 - CLOCK_ERROR)
"""How many times as long as a share holds by its peer's clock the owner waits by its own."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a peer says that it holds: places, for so many seconds from its sending on."""

    places: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Peer:
    wants: int
    held: int
    """The most that it may have in use until its next exchange: what it had in flight, what it
    claimed, and what it was given. An answer that gets lost leaves it with its last share, and
    calls that it has begun under that go on, also where the next share is smaller."""
    until: float
    """When its shares are over, if it says nothing until then."""


class Ledger:
    """The places of one model, lent to peers.

    `limit` is places, `share_time` the seconds that a share holds. Each peer has one exchange under
    way at a time and takes over the answer to its last one alone; a claim is what it holds then.

    >>> ledger = Ledger(30, share_time=3.0)
    >>> ledger.exchange("a", wants=20, in_flight=0, claim=Claim(), now=0.0)
    20
    >>> ledger.exchange("b", wants=20, in_flight=0, claim=Claim(), now=0.0)  # what is free
    10
    >>> ledger.exchange("a", wants=20, in_flight=12, claim=Claim(20, 2.9), now=0.1)
    15
    """

    __slots__ = ("_learning_until", "_peers", "limit", "share_time")

    def __init__(self, limit: int, *, share_time: float) -> None:
        self.limit: int = limit
        self.share_time: float = share_time
        self._peers: dict[str, _Peer] = {}
        self._learning_until = float("-inf")

    def learn(self, now: float) -> None:
        """A new owner knows nothing: until the old shares are over it lends what is claimed."""
        self._learning_until = now + self._held_for

    def is_learning(self, now: float) -> bool:
        """Whether the shares of an owner before this one may still hold."""
        return now < self._learning_until

    def exchange(
        self,
        peer: str,
        *,
        wants: int,
        in_flight: int,
        claim: Claim,
        now: float,
        grows: bool = True,
    ) -> int:
        """The peer's share from now on: places, for `share_time` from when the peer has sent this.

        The peer has returned all that it does not claim. Unless it `grows` it keeps what it has.
        """
        self.expire(now)
        claimed = claim.places if claim.seconds > 0 else 0
        until = now + self._held_for
        known = self._peers[peer] = _Peer(max(1, wants), max(in_flight, claimed), until)
        grows = grows and not self.is_learning(now)
        places = min(self._fair(peer, now) if grows else claimed, self._free_for(peer))
        known.held = max(known.held, places)
        return places

    def leave(self, peer: str) -> None:
        """The peer has ended: its places are free at once."""
        self._peers.pop(peer, None)

    def expire(self, now: float) -> tuple[str, ...]:
        """Forget the peers whose time is over, and name them."""
        gone = tuple(peer for peer, known in self._peers.items() if known.until <= now)
        for peer in gone:
            del self._peers[peer]
        return gone

    def lent(self, now: float) -> dict[str, int]:
        """The places of each peer, as many as it may have in use."""
        return {peer: known.held for peer, known in self._peers.items() if known.until > now}

    @property
    def peers(self) -> int:
        """How many peers there are, as far as is known."""
        return len(self._peers)

    @property
    def _held_for(self) -> float:
        return self.share_time * PATIENCE

    def _fair(self, peer: str, now: float) -> int:
        wants = {name: known.wants for name, known in self._peers.items()}
        return fair_shares(self.limit, wants, self._turn(now))[peer]

    def _turn(self, now: float) -> int:
        """Where there are places for all the same peers have one more: a move costs some time."""
        return int(now / self.share_time) if self.limit < len(self._peers) else 0

    def _free_for(self, peer: str) -> int:
        others = sum(known.held for name, known in self._peers.items() if name != peer)
        return max(0, self.limit - others)
