"""Which peer has how many of a model's places, for how long: the owner's book.

A place is lent for a time. It is lent again only once it was returned or its time is over, so that
the sum of what is lent stays within the limit whatever gets lost, late or doubled on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .fairness import fair_shares

CLOCK_ERROR = 0.01
"""How much faster or slower than another's a clock may run; the owner waits that much longer."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a peer says that it holds: places, for so many seconds from its sending on."""

    places: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Lease:
    places: int
    until: float


@dataclass(slots=True)
class _Peer:
    wants: int
    in_flight: int
    heard_until: float
    """When it counts as gone, if it says nothing until then."""
    leases: list[_Lease] = field(default_factory=list[_Lease])

    def held(self, now: float) -> int:
        """The most that it may have in use: an answer that got lost leaves it with its last lease.

        Calls in flight count even where the share is smaller, since they go on.
        """
        self.leases = [lease for lease in self.leases if lease.until > now]
        return max(self.in_flight, *(lease.places for lease in self.leases), 0)


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
        self.limit = limit
        self.share_time = share_time
        self._peers: dict[str, _Peer] = {}
        self._learning_until = float("-inf")

    def learn(self, now: float) -> None:
        """A new owner knows nothing: until the old shares are over it lends what is claimed."""
        self._learning_until = now + self._held_for

    def is_learning(self, now: float) -> bool:
        """Whether the shares of an owner before this one may still hold."""
        return now < self._learning_until

    def exchange(self, peer: str, *, wants: int, in_flight: int, claim: Claim, now: float) -> int:
        """The peer's share from now on: places, for `share_time` from when the peer has sent this.

        The peer has returned all that it does not claim.
        """
        self.expire(now)
        known = self._peers.get(peer)
        if known is None:
            known = self._peers[peer] = _Peer(wants, in_flight, now)
        known.wants, known.in_flight = max(1, wants), in_flight
        known.heard_until = now + self._held_for
        known.leases = [_Lease(claim.places, now + claim.seconds * (1 + CLOCK_ERROR))]
        places = min(self._entitled(peer, claim, now), self._free_for(peer, now))
        known.leases.append(_Lease(places, now + self._held_for))
        return places

    def leave(self, peer: str) -> None:
        """The peer has ended: its places are free at once."""
        self._peers.pop(peer, None)

    def expire(self, now: float) -> tuple[str, ...]:
        """Forget the peers whose time is over, and name them."""
        gone = tuple(peer for peer, known in self._peers.items() if known.heard_until <= now)
        for peer in gone:
            del self._peers[peer]
        return gone

    def lent(self, now: float) -> dict[str, int]:
        """The places of each peer, as many as it may have in use."""
        return {peer: known.held(now) for peer, known in self._peers.items()}

    @property
    def peers(self) -> int:
        """How many peers there are, as far as is known."""
        return len(self._peers)

    @property
    def _held_for(self) -> float:
        return self.share_time * (1 + CLOCK_ERROR)

    def _entitled(self, peer: str, claim: Claim, now: float) -> int:
        if self.is_learning(now):
            return claim.places if claim.seconds > 0 else 0
        wants = {name: known.wants for name, known in self._peers.items()}
        return fair_shares(self.limit, wants, self._turn(now))[peer]

    def _turn(self, now: float) -> int:
        """Where there are places for all, the same peers have one more: a move costs an exchange."""
        return int(now / self.share_time) if self.limit < len(self._peers) else 0

    def _free_for(self, peer: str, now: float) -> int:
        others = sum(known.held(now) for name, known in self._peers.items() if name != peer)
        return max(0, self.limit - others)
