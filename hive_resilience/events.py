"""The events of `Runtime.events` and `Runtime.subscribe`: a frozen record for each."""

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
)
from .actors.policies.health.alerts import AlertCondition, AlertSeverity

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
    "HealthChanged",
    "ModelAdded",
    "ModelRemoved",
    "ReloadRejected",
    "Reloaded",
]
