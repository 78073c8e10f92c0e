"""Tells subscribers of waits that a model's provider asked for and does not get."""

from __future__ import annotations

from ..events import Event, WaitCut, WaitIgnored
from ..policies.outcomes.waits import StatedWait
from .state import ModelState, Surroundings

_PACE = 60.0
"""Seconds between two events of a kind: a provider says the same with every answer."""


class WaitNews:
    """The news of one model; each kind comes at most once a minute."""

    __slots__ = ("_state", "_surroundings")

    def __init__(self, state: ModelState, surroundings: Surroundings) -> None:
        self._state = state
        self._surroundings = surroundings

    def tell(self, stated: StatedWait, now: float) -> None:
        """A wait was stated: it may be longer than the bound, or cannot be used."""
        longest = self._state.max_parking
        if stated.ignored is not None:
            self._publish(now, WaitIgnored, reason=stated.ignored)
        elif stated.seconds is not None and stated.seconds > longest:
            self._publish(now, WaitCut, asked=stated.seconds, seconds=longest)

    def _publish(self, now: float, event: type[Event], **fields: object) -> None:
        told = self._state.waits_told
        if now >= told.get(event, -_PACE) + _PACE:
            told[event] = now
            self._surroundings.publish(event, model_id=self._state.config.id, **fields)
