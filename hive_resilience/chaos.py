"""Faults on purpose: experiments, and plain functions that Chaos Toolkit calls; see
`docs/chaos.md`. The errors of injected faults are in `errors`, their events in `events`."""

from .actors.policies.chaos.kinds import FaultKind
from .runtime.chaos.status import ExperimentReport, ExperimentStatus, Steady
from .runtime.chaos_handle import ChaosHandle

__all__ = [
    "ChaosHandle",
    "ExperimentReport",
    "ExperimentStatus",
    "FaultKind",
    "Steady",
]
