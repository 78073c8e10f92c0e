"""How long a provider has asked to wait: no peer that has heard of it calls before."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .peers import Peer
    from .world import World

_FASTEST = 1.03
"""More than the seconds of any clock in a second."""
_MOMENT = 0.001
"""A call that starts so soon after the answer was admitted before it."""
_MARGIN = 0.05
_ON_ITS_WAY = 4.0
"""Seconds that an operator's verb, which ends every wait, may take to the last peer."""


class Waits:
    """What one peer has heard, in seconds of the loop."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._asked_at = self._until = -inf
        self._owner: tuple[int, float] = (0, -inf)
        """The epoch of the owners at the last report, and until when they have peers wait."""

    @property
    def _world(self) -> World:
        return self._peer.world

    def asked(self, seconds: float) -> None:
        """The provider has told this peer to wait."""
        now = self._world.now()
        until = now + seconds / _FASTEST
        if until > self._until:
            self._asked_at, self._until = now, until

    def call_started(self) -> None:
        now = self._world.now()
        if self._asked_at + _MOMENT < now < self._until - _MARGIN and not self._ruled(now):
            self._world.promises.broken(
                f"{self._peer.name} calls {self._until - now:.3f} s before the provider's time"
            )

    def reported(self) -> None:
        """The peer tells its owner its news: what does the owner know by then?"""
        host = self._world.host_of(self._peer.name)
        left = 0.0 if host is None or host.owned is None else host.parked_for()
        self._owner = (host.epoch if host else 0, self._world.now() + left / _FASTEST)

    def answered(self, epoch: int) -> None:
        """The owner's answer has come, with what it knew."""
        told_by, until = self._owner
        now, peer = self._world.now(), self._peer
        own = now + peer.state.breaker.gate.parked_for(peer.now())
        if told_by == epoch and own < until - _MARGIN and not self._ruled(now):
            self._world.promises.broken(
                f"{peer.name} waits {until - own:.3f} s less than the owner has it wait"
            )

    def _ruled(self, now: float) -> bool:
        return self._world.ruled_at > now - _ON_ITS_WAY
