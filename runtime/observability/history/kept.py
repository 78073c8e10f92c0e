"""What of an event goes into the history: a closed list of fields, no text of others in them.

An error is its class. The words of a probe's error, of a provider and of a rejected file stay out:
they may quote what a caller has asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....actors.adaptation_events import DegradationChanged, RemedyFailed, RemedyTaken
from ....actors.chaos_events import ChaosStarted, ChaosStopped, FaultInjected
from ....actors.events import (
    ActionTaken,
    AlertRaised,
    AlertResolved,
    CallAbandoned,
    ChildCrashed,
    ChildQuarantined,
    ChildRestarted,
    ChildStarted,
    ChildStopped,
    CircuitChanged,
    DeadLetter,
    Event,
    HealthChanged,
    ModelAdded,
    ModelRemoved,
    Reloaded,
    ReloadRejected,
    TasksWaiting,
    WaitCut,
    WaitIgnored,
)
from ....actors.policies.breaker.states import Reason, State
from ....actors.policies.health.status import ModelStatus
from ..actions import RUNTIME
from ..analytics.incidents import What
from ..analytics.turns import Turn
from .records import AlertRow, AuditRow, EventRow, Record
from .sums import moment

_FIELDS: Mapping[type[Event], tuple[str, ...]] = {
    CallAbandoned: ("holds_place",),
    ChaosStarted: ("experiment", "fault", "models", "share"),
    ChaosStopped: ("experiment", "hits", "reason"),
    ChildCrashed: ("child", "cause", "during"),
    ChildQuarantined: ("child", "cause", "retry_after"),
    ChildRestarted: ("child", "restarts"),
    ChildStarted: ("child",),
    ChildStopped: ("child", "cause"),
    CircuitChanged: ("before", "after", "reason", "open_for"),
    DegradationChanged: ("before", "after", "reason", "held", "actions"),
    DeadLetter: ("actor", "message", "reason"),
    FaultInjected: ("experiment", "fault"),
    HealthChanged: ("before", "after", "reason", "error_rate"),
    ModelAdded: (),
    ModelRemoved: (),
    RemedyFailed: ("remedy", "reason", "error", "undone"),
    RemedyTaken: ("remedy", "reason", "before", "after", "duration", "dry_run"),
    Reloaded: ("added", "removed", "changed", "settings", "reordered", "groups_changed"),
    ReloadRejected: ("problems",),
    TasksWaiting: ("limit", "waiting", "refused"),
    WaitCut: ("asked", "seconds"),
    WaitIgnored: ("reason",),
}
"""An event that is not here is kept as its class, its time and its model."""
_BY_ITSELF = frozenset(Reason) - {Reason.OPERATOR}
TURNS: Mapping[What, str] = {
    What.FAILING: "FirstFailure",
    What.DIVERTED: "FirstDiversion",
    What.ANSWERED: "FirstSuccess",
}
"""What the recorder sees of an incident by itself, to a second, as rows beside the events."""


def kept(event: Event, *, by_hand: bool) -> Iterator[Record]:
    """The rows of an event; `by_hand`: it follows from what a caller is doing right now."""
    match event:
        case ActionTaken():
            yield AuditRow(
                *(event.at, event.action, event.target, event.by, event.reason),
                *(event.before, event.after, event.automatic),
            )
        case AlertRaised() | AlertResolved():
            yield _alert(event)
        case _:
            yield _event(event)
            automatic = None if by_hand else _automatic(event)
            if automatic is not None:
                yield automatic


def kept_turn(turn: Turn) -> EventRow:
    """The row of what has become of a model that fails."""
    return EventRow(moment(turn.at), TURNS[turn.what], turn.model_id, {})


def _event(event: Event) -> EventRow:
    names = _FIELDS.get(type(event), ())
    fields = {name: _plain(name, getattr(event, name)) for name in names}
    model_id: str | None = getattr(event, "model_id", None)
    return EventRow(event.at, type(event).__name__, model_id, fields)


def _plain(name: str, value: Any) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    if name == "problems":
        return [{"file": one.file, "line": one.line, "key": one.key} for one in value]
    return dict(value) if isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _alert(event: AlertRaised | AlertResolved) -> AlertRow:
    return AlertRow(
        event.at,
        "raised" if isinstance(event, AlertRaised) else "resolved",
        str(event.condition),
        str(event.severity),
        event.model_id,
        event.message,
        event.since,
        event.rule,
        dict(event.labels),
        event.fingerprint or None,
    )


def _automatic(event: Event) -> AuditRow | None:
    """What the runtime has done by itself, as a row of the audit; None: it has done nothing."""
    match event:
        case CircuitChanged(after=State.OPEN | State.CLOSED) if event.reason in _BY_ITSELF:
            moved = str(event.before), str(event.after)
            return _row(event, f"breaker_{event.after}", event.model_id, event.reason, *moved)
        case HealthChanged() if ModelStatus.MAINTENANCE not in (event.before, event.after):
            moved = str(event.before), str(event.after)
            return _row(event, "status", event.model_id, event.reason, *moved)
        case DegradationChanged(held=False):
            moved = str(event.before), str(event.after)
            return _row(event, "level", None, event.reason, *moved)
        case ChildRestarted():
            told = f"restart {event.restarts}"
            return _row(event, "restart", _model_of(event.child), "crash", "crashed", told)
        case ChildQuarantined():
            about = _model_of(event.child)
            return _row(event, "quarantine", about, "too many crashes", None, "quarantined")
        case _:
            return None


def _row(
    event: Event,
    action: str,
    target: str | None,
    reason: str,
    before: str | None,
    after: str,
) -> AuditRow:
    return AuditRow(event.at, action, target, RUNTIME, reason, before, after, True)


def _model_of(child: str) -> str:
    """The actor of a model is told by the id of the model."""
    return child.removeprefix("model:")
