"""Faults on purpose: experiments, and plain functions that Chaos Toolkit calls; see
`docs/chaos.md`. The errors of injected faults are in `errors`, their events in `events`."""

from .actors.policies.chaos.kinds import FaultKind
from .runtime.chaos.experiments.document import (
    Activity,
    Experiment,
    Hypothesis,
    Pauses,
    Provider,
)
from .runtime.chaos.experiments.journal import Journal, RunStatus, SteadyState, Verdict
from .runtime.chaos.experiments.reading import load_experiment
from .runtime.chaos.experiments.report import journal_text
from .runtime.chaos.status import ExperimentReport, ExperimentStatus, Steady
from .runtime.chaos_functions import (
    breaker_state,
    clear,
    hits,
    inject,
    model_status,
    p95,
    recovered,
    renew,
    run_experiment,
    success_rate,
    tasks,
    usable_models,
    use,
)
from .runtime.handles.chaos import ChaosHandle

__all__ = [
    "Activity",
    "ChaosHandle",
    "Experiment",
    "ExperimentReport",
    "ExperimentStatus",
    "FaultKind",
    "Hypothesis",
    "Journal",
    "Pauses",
    "Provider",
    "RunStatus",
    "Steady",
    "SteadyState",
    "Verdict",
    "breaker_state",
    "clear",
    "hits",
    "inject",
    "journal_text",
    "load_experiment",
    "model_status",
    "p95",
    "recovered",
    "renew",
    "run_experiment",
    "success_rate",
    "tasks",
    "usable_models",
    "use",
]
