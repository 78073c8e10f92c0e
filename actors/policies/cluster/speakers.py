"""Which peer tells people of what all peers see: one for each topic, for a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..health.alerts import AlertCondition

Elsewhere = Callable[[AlertCondition, str | None], bool]
"""Whether another process tells this condition of this model; None: of the fleet."""


def told_here(_condition: AlertCondition, _model_id: str | None) -> bool:
    """No other process tells anything."""
    return False


class _Turn(NamedTuple):
    peer: str
    until: float


class Speakers:
    """The owner's book. A topic is the id of a model, or `FLEET`; times are seconds.

    The first peer that tells alerts has the topic and keeps it while it comes back in time. So one
    alert is told by one process from its beginning to its end.

    >>> speakers = Speakers()
    >>> speakers.speaks("m", "a", lasts=2.0, claims=False, learning=False, now=0.0)
    True
    >>> speakers.speaks("m", "b", lasts=2.0, claims=False, learning=False, now=1.0)
    False
    >>> speakers.speaks("m", "b", lasts=2.0, claims=False, learning=False, now=2.0)
    True
    """

    __slots__ = ("_turns",)

    FLEET = ""
    """The topic of what is about no single model."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    def speaks(
        self, topic: str, peer: str, *, lasts: float, claims: bool, learning: bool, now: float
    ) -> bool:
        """Whether a peer that is heard now has the topic, for `lasts` seconds.

        0: it tells no alerts. While new owners learn, a topic is that of the peer that claims it.
        """
        turn = self._turns.get(topic)
        if lasts <= 0.0:
            self._give_up(topic, peer)
            return False
        if turn is not None and turn.peer != peer and turn.until > now:
            return False
        if learning and not claims and (turn is None or turn.peer != peer):
            return False
        self._turns[topic] = _Turn(peer, now + lasts)
        return True

    def leave(self, peer: str) -> None:
        """The peer has ended: its topics are free at once."""
        for topic in [topic for topic, turn in self._turns.items() if turn.peer == peer]:
            del self._turns[topic]

    def of(self, topic: str, now: float) -> str:
        """The peer that has a topic; empty: none has."""
        turn = self._turns.get(topic)
        return turn.peer if turn is not None and turn.until > now else ""

    def _give_up(self, topic: str, peer: str) -> None:
        turn = self._turns.get(topic)
        if turn is not None and turn.peer == peer:
            del self._turns[topic]
