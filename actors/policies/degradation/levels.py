"""How bad a fleet is: five levels, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class DegradationLevel(StrEnum):
    """How bad the fleet is; compare levels by their `rank`, not as texts."""

    NONE = "none"
    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for none, up to 4 for critical.

        >>> DegradationLevel.SEVERE.rank > DegradationLevel.MINOR.rank
        True
        """
        return _RANKS[self]


LEVELS = tuple(DegradationLevel)
"""From none to critical."""
_RANKS: Mapping[DegradationLevel, int] = {level: rank for rank, level in enumerate(LEVELS)}


class Degradation(NamedTuple):
    """How the fleet was when a task began, and what that meant for the task.

    `reason` is a line in words. `actions` names what was done: `plan`, `shed`, `limits`,
    `features_off`, and `cache` for an answer that was kept from earlier.
    """

    level: DegradationLevel
    reason: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelSignal:
    """One of the figures that the level is made of; `value` is None where too little is known.

    `name` is usable, success, queue or latency. `level` is the level that it alone would mean.
    """

    name: str
    value: float | None
    level: DegradationLevel


@dataclass(frozen=True, slots=True)
class LevelHold:
    """A level that was set by hand. `until` is wall-clock time; None: until it is released."""

    level: DegradationLevel
    until: datetime | None
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class DegradationStatus:
    """The level of the fleet since `since` (wall-clock time), and why.

    `measured` is the level by the figures alone: while a level is held by hand it may be another.
    `actions` are in force now, `plan` is what serves tasks without a plan, `features_off` the
    features that are off. `changes` counts the changes of the level since the start.
    """

    level: DegradationLevel
    reason: str
    since: datetime
    measured: DegradationLevel
    held: LevelHold | None = None
    signals: tuple[LevelSignal, ...] = ()
    actions: tuple[str, ...] = ()
    plan: str | None = None
    features_off: tuple[str, ...] = ()
    changes: int = 0
    by_level: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often each level was entered."""
