"""What a peer may do at a model: its share of the places, for a time, and what it does without one.

A share counts from the *sending* of the exchange that it answers, so that it is over here before it
is over in the owner's book, however long the answer took.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .ledger import Claim


class Alone(StrEnum):
    """What a peer does without a share, because no owner can be reached."""

    SHARE = "share"
    """It goes on with the limit divided by the peers that there were last."""
    STOP = "stop"
    """It starts no call: the limit is exact."""
    LOCAL = "local"
    """It goes on with the whole limit."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The owner's answer: places for `seconds`, and requests and tokens to use up in that time.

    None for requests or tokens: the model has no such limit.
    """

    places: int
    seconds: float
    requests: float | None = None
    tokens: float | None = None


class Share:
    """A peer's share of one model; `limit` is the whole fleet's, in places.

    >>> share = Share(limit=30)
    >>> share.may_start(in_flight=0, now=0.0)
    False
    >>> share.take_over(Grant(places=10, seconds=3.0), sent_at=0.0)
    >>> share.may_start(in_flight=9, now=2.9), share.may_start(in_flight=10, now=2.9)
    (True, False)
    >>> share.may_start(in_flight=0, now=3.0)
    False
    """

    __slots__ = ("_grant", "_requests", "_tokens", "_until", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._grant: Grant | None = None
        self._until = float("-inf")
        self._requests: float | None = None
        self._tokens: float | None = None

    def take_over(self, grant: Grant, sent_at: float) -> None:
        """The answer to the exchange that was sent at `sent_at`, which has to be the last one."""
        self._grant = grant
        self._until = sent_at + grant.seconds
        self._requests, self._tokens = grant.requests, grant.tokens

    def holds(self, now: float) -> bool:
        """Whether there is a share; without one the peer is alone."""
        return now < self._until

    def places(self, now: float) -> int:
        """The places of the share now."""
        return self._grant.places if self._grant is not None and self.holds(now) else 0

    def may_start(self, in_flight: int, now: float) -> bool:
        """Whether one more call may start: within the places, and with a request left."""
        if in_flight >= self.places(now):
            return False
        return (self._requests is None or self._requests >= 1) and (
            self._tokens is None or self._tokens > 0
        )

    def started(self) -> None:
        """A call has started: it uses up a request."""
        if self._requests is not None:
            self._requests -= 1

    def used(self, tokens: float) -> None:
        """An answer has used so many tokens; more than there are is a debt."""
        if self._tokens is not None:
            self._tokens -= tokens

    def claim(self, now: float) -> Claim:
        """What it holds, for the next exchange."""
        return Claim(self.places(now), max(0.0, self._until - now)) if self.holds(now) else Claim()

    def unspent(self) -> tuple[float, float]:
        """Requests and tokens that go back with an exchange; negative tokens are a debt.

        They are the owner's from now on, whether the exchange arrives or not: what gets lost counts
        as spent.
        """
        left = (max(0.0, self._requests or 0.0), self._tokens or 0.0)
        self._requests = None if self._requests is None else 0.0
        self._tokens = None if self._tokens is None else 0.0
        return left

    def alone(self, how: Alone, peers: int) -> int:
        """The places without a share, where there were so many peers last."""
        if how is Alone.STOP:
            return 0
        return self.limit if how is Alone.LOCAL else self.limit // max(1, peers)


def wanted(in_flight: int, waiting: int) -> int:
    """How many places to ask for: those in use, those waited for, and a quarter more; at least 1.

    >>> wanted(0, 0), wanted(8, 4)
    (1, 15)
    """
    busy = in_flight + waiting
    return max(1, busy + -(-busy // 4))


def next_exchange(
    sent_at: float, *, every: float, idle_every: float, news: bool, short: bool
) -> float:
    """When to exchange again, in the seconds of `sent_at`: at once where there is urgent news.

    A peer whose share is too short asks `every` so many seconds, an idle peer `idle_every`.
    """
    if news:
        return sent_at
    return sent_at + (every if short else idle_every)
