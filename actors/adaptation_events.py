"""Events of what the runtime does about trouble by itself."""

from __future__ import annotations

from dataclasses import dataclass

from .events import Event
from .policies.degradation.levels import DegradationLevel


@dataclass(frozen=True, slots=True)
class DegradationChanged(Event):
    """The level of the whole fleet changed, because of `reason`; `held`: it was set by hand.

    `actions` names what is done at the new level: plan, shed, limits and off.
    """

    before: DegradationLevel
    after: DegradationLevel
    reason: str
    held: bool
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemedyTaken(Event):
    """The runtime has done something for a model by itself, and it has helped.

    `before` and `after` say how the model was; `duration`: seconds until that was sure. `dry_run`:
    it was only told.
    """

    model_id: str
    remedy: str
    reason: str
    before: str
    after: str
    duration: float
    dry_run: bool


@dataclass(frozen=True, slots=True)
class RemedyFailed(Event):
    """What the runtime did for a model has not helped: `error` says how. It was undone."""

    model_id: str
    remedy: str
    reason: str
    error: str
    undone: bool
