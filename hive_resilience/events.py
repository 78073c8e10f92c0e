"""The events of `Runtime.events`, `Runtime.subscribe` and of guards: a frozen record for each."""

from .actors.events import (
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
from .actors.policies.health.alerts import AlertCondition, AlertSeverity
from .actors.policies.outcomes.waits import Unusable
from .runtime.standalone.guard_events import GuardCalled, GuardChanged, Trigger

__all__ = [
    "AlertCondition",
    "AlertRaised",
    "AlertResolved",
    "AlertSeverity",
    "CallAbandoned",
    "ChildCrashed",
    "ChildQuarantined",
    "ChildRestarted",
    "ChildStarted",
    "ChildStopped",
    "CircuitChanged",
    "DeadLetter",
    "Event",
    "GuardCalled",
    "GuardChanged",
    "HealthChanged",
    "ModelAdded",
    "ModelRemoved",
    "ReloadRejected",
    "Reloaded",
    "TasksWaiting",
    "Trigger",
    "Unusable",
    "WaitCut",
    "WaitIgnored",
]
