"""Messages about the level of a fleet and its recovery; the router owns what they change."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from .policies.degradation.levels import DegradationLevel
from .policies.degradation.several import LevelWord


class LevelDue(NamedTuple):
    """To the router, from its own clock: look at the fleet."""


class HoldOver(NamedTuple):
    """To the router, from its own clock: the time of a hold is over."""


class RecoveryGaveUp(NamedTuple):
    """To the router: remedies do not help a model, and a person should know; `text` says so."""

    model_id: str
    text: str


class RecoveryGoesOn(NamedTuple):
    """To the router: the model serves again after all."""

    model_id: str


class HoldLevel(NamedTuple):
    """Set the level by hand, for `duration` seconds (None: until it is released).

    Answer: the `DegradationStatus`.
    """

    level: DegradationLevel
    duration: float | None
    reason: str
    by: str


class ReleaseLevel(NamedTuple):
    """Go by the figures again. Answer: the `DegradationStatus`."""

    reason: str
    by: str


class LevelHeard(NamedTuple):
    """To the router: another process that serves together with this one has looked."""

    word: LevelWord


OF_LEVEL = (LevelDue, HoldOver, RecoveryGaveUp, RecoveryGoesOn, HoldLevel, ReleaseLevel, LevelHeard)
"""All of them."""
LevelMessage: TypeAlias = (
    LevelDue | HoldOver | RecoveryGaveUp | RecoveryGoesOn | HoldLevel | ReleaseLevel | LevelHeard
)
