"""Events for subscribers: a frozen record each; `at` is wall-clock time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import orjson

from ..config.errors import Problem
from .policies.breaker.states import State
from .policies.health.alerts import AlertCondition, AlertSeverity
from .policies.health.status import ModelStatus
from .policies.outcomes.foreign import as_mapping
from .policies.outcomes.foreign_text import described
from .policies.outcomes.waits import Unusable


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events: something happened `at` this time."""

    at: datetime

    def to_json(self) -> bytes:
        """The event as a JSON object: its class as `event`, times in ISO format, spans in seconds.

        An error is its class and its text, without keys and without more than 500 characters.
        """
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return orjson.dumps({"event": type(self).__name__} | fields, default=_written)


def _written(value: object) -> object:
    if isinstance(value, BaseException):
        return described(value)
    members = as_mapping(value)
    return str(value) if members is None else dict(members)


@dataclass(frozen=True, slots=True)
class CircuitChanged(Event):
    """A model's breaker moved. `open_for`: seconds that it stays open; None unless it opened."""

    model_id: str
    before: State
    after: State
    reason: str
    open_for: float | None


@dataclass(frozen=True, slots=True)
class HealthChanged(Event):
    """A model's status changed; `model(id).status()` is the same status.

    `last_error`, `last_check_at` and `error_rate` are those of its `HealthSnapshot`.
    """

    model_id: str
    before: ModelStatus
    after: ModelStatus
    reason: str
    last_error: str | None = None
    last_check_at: datetime | None = None
    error_rate: float | None = None


@dataclass(frozen=True, slots=True)
class AlertRaised(Event):
    """A condition holds since `since` (wall-clock time); without a `model_id` it is the fleet's.

    The same alert is not raised again before it is resolved, nor within the cooldown. `rule` names
    the rule of the alert actor that raised it. `fingerprint` is the same for the same alert in
    every process.
    """

    condition: AlertCondition
    severity: AlertSeverity
    model_id: str | None
    message: str
    since: datetime
    rule: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class AlertResolved(Event):
    """The condition of an alert ended; the other fields are those of its `AlertRaised`."""

    condition: AlertCondition
    severity: AlertSeverity
    model_id: str | None
    message: str
    since: datetime
    rule: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class AlertAcknowledged(Event):
    """A person has said that they know of an alert: it is not repeated and not escalated."""

    fingerprint: str
    condition: AlertCondition
    model_id: str | None
    rule: str | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlertsSilenced(Event):
    """Alerts with the labels of `match` are not told from `starts` until `ends`."""

    silence_id: str
    match: Mapping[str, str]
    starts: datetime
    ends: datetime
    by: str
    comment: str


@dataclass(frozen=True, slots=True)
class SilenceEnded(Event):
    """A silence is over: its time came, or `by` ended it (None: its time came)."""

    silence_id: str
    by: str | None


@dataclass(frozen=True, slots=True)
class CallAbandoned(Event):
    """A call did not end at its limit; `holds_place`: it still holds a thread."""

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
    """No place of a model is free here: tasks wait, or with `refused` are turned away.

    At most one a minute of each kind for a model; `waiting` counts the tasks in the line.
    `limit` is that of the settings, of which a process in a cluster has a share.
    """

    model_id: str
    limit: int
    waiting: int
    refused: bool


@dataclass(frozen=True, slots=True)
class ModelAdded(Event):
    """A model joined the fleet."""

    model_id: str


@dataclass(frozen=True, slots=True)
class ModelRemoved(Event):
    """A model left the fleet."""

    model_id: str


@dataclass(frozen=True, slots=True)
class Reloaded(Event):
    """Other settings hold: the models that came and went, and the settings that differ.

    `changed` has the settings and groups of settings that differ, by model; `settings` has those of
    the whole runtime. A model that was removed may still have calls in flight.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    settings: tuple[str, ...]
    reordered: bool
    groups_changed: bool


@dataclass(frozen=True, slots=True)
class ReloadRejected(Event):
    """Settings cannot be used, and nothing changed. `problems`: every mistake with its place."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ChildStarted(Event):
    """A supervised actor started."""

    child: str


@dataclass(frozen=True, slots=True)
class ChildCrashed(Event):
    """A supervised actor failed with `cause` while it handled `during`."""

    child: str
    cause: BaseException
    during: str


@dataclass(frozen=True, slots=True)
class ChildRestarted(Event):
    """A crashed actor runs again; `restarts` counts all its restarts."""

    child: str
    restarts: int


@dataclass(frozen=True, slots=True)
class ChildQuarantined(Event):
    """An actor crashed too often and is quarantined; a trial follows in `retry_after` seconds."""

    child: str
    cause: BaseException
    retry_after: float


@dataclass(frozen=True, slots=True)
class ChildStopped(Event):
    """A supervised actor stopped. `cause`: the crash after which it stays down, or None.

    The supervisor restarts a permanent actor that another part of the program stopped.
    """

    child: str
    cause: BaseException | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter(Event):
    """A message reached no actor. The event has its class, never its content."""

    actor: str
    message: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionTaken(Event):
    """A person, a program or the runtime itself has changed something: a row for the audit.

    `action` is the verb, `target` the model or the other part that it was done to (None: the whole
    runtime), `by` the actor of the deed, `automatic` whether the runtime did it by itself. `before`
    and `after` say in a word what was changed.
    """

    action: str
    target: str | None
    by: str
    reason: str
    before: str | None
    after: str | None
    automatic: bool


class Publish(Protocol):
    """Publishes an event: its class, and its fields without the time."""

    def __call__(self, event: type[Event], /, **fields: object) -> None: ...
