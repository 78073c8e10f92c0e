"""What subscribers hear: a frozen record for each thing that happened; `at` is wall-clock time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..config.errors import Problem
from .policies.breaker.states import State
from .policies.health.alerts import AlertCondition, AlertSeverity
from .policies.health.status import ModelStatus
from .policies.outcomes.waits import Unusable


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CircuitChanged(Event):
    """A model's breaker moved. `open_for`: seconds it stays open, None unless it opened."""

    model_id: str
    before: State
    after: State
    reason: str
    open_for: float | None


@dataclass(frozen=True, slots=True)
class HealthChanged(Event):
    """A model's status changed: what `model(id).status()` says."""

    model_id: str
    before: ModelStatus
    after: ModelStatus
    reason: str


@dataclass(frozen=True, slots=True)
class AlertRaised(Event):
    """Something is wrong since `since` (wall-clock time); without a `model_id`: with the fleet.

    The same alert is not raised again before it is resolved, nor within the cooldown.
    """

    condition: AlertCondition
    severity: AlertSeverity
    model_id: str | None
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AlertResolved(Event):
    """What was raised holds no more; the other fields are those of its `AlertRaised`."""

    condition: AlertCondition
    severity: AlertSeverity
    model_id: str | None
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class CallAbandoned(Event):
    """A call outlived its limit and would not end; `holds_place`: it still holds a thread."""

    model_id: str
    holds_place: bool


@dataclass(frozen=True, slots=True)
class WaitCut(Event):
    """A model's provider asked for a wait beyond `max_parking`. Both are seconds.

    `asked` is never above 1,000,000,000, `seconds` is the wait at most.
    """

    model_id: str
    asked: float
    seconds: float


@dataclass(frozen=True, slots=True)
class WaitIgnored(Event):
    """A model's provider asked for a wait that is negative, not finite or unreadable."""

    model_id: str
    reason: Unusable


@dataclass(frozen=True, slots=True)
class TasksWaiting(Event):
    """All `limit` places of a model are taken: tasks wait, or with `refused` are turned away.

    At most one a minute of each kind for a model; `waiting` counts the tasks in the line.
    """

    model_id: str
    limit: int
    waiting: int
    refused: bool


@dataclass(frozen=True, slots=True)
class ModelAdded(Event):
    """A model takes part from now on."""

    model_id: str


@dataclass(frozen=True, slots=True)
class ModelRemoved(Event):
    """A model takes part no more."""

    model_id: str


@dataclass(frozen=True, slots=True)
class Reloaded(Event):
    """Other settings hold from now on: models by what happened to them, and what has changed.

    `changed` names for each model the settings and groups of settings that differ, `settings` those
    for the whole runtime. A model that was removed may still have calls in flight.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    settings: tuple[str, ...]
    reordered: bool
    groups_changed: bool


@dataclass(frozen=True, slots=True)
class ReloadRejected(Event):
    """Settings could not be used, and nothing has changed; every mistake, each with its place."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ChildStarted(Event):
    """A supervised actor runs."""

    child: str


@dataclass(frozen=True, slots=True)
class ChildCrashed(Event):
    """A supervised actor failed with `cause` while it handled `during`."""

    child: str
    cause: BaseException
    during: str


@dataclass(frozen=True, slots=True)
class ChildRestarted(Event):
    """A crashed actor runs again; `restarts` counts all of them."""

    child: str
    restarts: int


@dataclass(frozen=True, slots=True)
class ChildQuarantined(Event):
    """An actor crashed too often and is quarantined; the next trial is in `retry_after` seconds."""

    child: str
    cause: BaseException
    retry_after: float


@dataclass(frozen=True, slots=True)
class ChildStopped(Event):
    """A supervised actor stopped; `cause`: the crash that it does not come back from, if any.

    A permanent actor that another part than its supervisor has told to stop is restarted.
    """

    child: str
    cause: BaseException | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter(Event):
    """A message reached no actor. Only its class is told, never what it says."""

    actor: str
    message: str
    reason: str


class Publish(Protocol):
    """Tell subscribers: the class of an event and its fields but the time."""

    def __call__(self, event: type[Event], /, **fields: object) -> None: ...
