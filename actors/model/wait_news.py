"""Tells subscribers of waits that a model's provider asked for and does not get."""

from __future__ import annotations

from ..events import Event, Publish, WaitCut, WaitIgnored
from ..policies.outcomes.waits import StatedWait
from .state import ModelState

_PACE = 60.0
"""Seconds between two events of a kind: a provider says the same with every answer."""


class WaitNews:
    """The news of one model; each kind comes at most once a minute."""

    __slots__ = ("_publish", "_state")

    def __init__(self, state: ModelState, publish: Publish) -> None:
        self._state = state
        self._publish = publish

    def tell(self, stated: StatedWait, now: float) -> None:
        """A wait was stated: it may be longer than the bound, or cannot be used."""
        longest = self._state.max_parking
        if stated.ignored is not None:
            self._tell(now, WaitIgnored, reason=stated.ignored)
        elif stated.seconds is not None and stated.seconds > longest:
            self._tell(now, WaitCut, asked=stated.seconds, seconds=longest)

    def _tell(self, now: float, event: type[Event], **fields: object) -> None:
        told = self._state.waits_told
        if now >= told.get(event, -_PACE) + _PACE:
            told[event] = now
            self._publish(event, model_id=self._state.config.id, **fields)
