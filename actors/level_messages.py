"""Messages about the level of a fleet; all of them go to the router, its owner."""

from __future__ import annotations

from typing import NamedTuple

from .policies.degradation.levels import DegradationLevel


class LevelDue(NamedTuple):
    """To the router, from its own clock: look at the fleet."""


class HoldOver(NamedTuple):
    """To the router, from its own clock: the time of a hold is over."""


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
