"""What rules of alerts may look at: a closed table of names, each with what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ...values.words import nearest

OWN = "own"
"""The metric of a rule that has a function for it."""
HOUR = 3_600.0
LONGEST_WINDOW = 3 * 24 * HOUR
"""Seconds that sums are kept."""
LONGEST_OF_QUANTILES = HOUR
"""Seconds that durations are kept, whose percentiles are asked for."""


class Measure(Enum):
    """How the value comes about."""

    SHARE = "a share from 0 to 1"
    """Of what happened within the window."""
    MEAN = "seconds on average"
    """Of what happened within the window."""
    QUANTILE = "seconds"
    """Of what happened within the window."""
    COUNT = "how much came within the window"
    PER_MINUTE = "how much came a minute, within the window"
    NOW = "a number of this moment"
    SHARE_NOW = "a share from 0 to 1 of this moment"


@dataclass(frozen=True, slots=True)
class AlertMetric:
    """One thing to look at: of each model, or once of the whole fleet."""

    of_models: bool
    measure: Measure

    @property
    def is_share(self) -> bool:
        """Whether no value is above 1."""
        return self.measure in (Measure.SHARE, Measure.SHARE_NOW)

    @property
    def has_window(self) -> bool:
        """Whether the value is of a window, and not of a moment."""
        return self.measure not in (Measure.NOW, Measure.SHARE_NOW)

    @property
    def needs_events(self) -> bool:
        """Whether a few events make a value that says little."""
        return self.measure in (Measure.SHARE, Measure.MEAN, Measure.QUANTILE)

    @property
    def longest_window(self) -> float:
        """Seconds."""
        return LONGEST_OF_QUANTILES if self.measure is Measure.QUANTILE else LONGEST_WINDOW


def _of(measure: Measure, *names: str, of_models: bool) -> dict[str, AlertMetric]:
    return dict.fromkeys(names, AlertMetric(of_models, measure))


_QUANTILES = ("p50", "p95", "p99")

METRICS: Mapping[str, AlertMetric] = {
    **_of(Measure.SHARE, "error_rate", "success_rate", "timeout_rate", of_models=True),
    **_of(Measure.MEAN, "latency_mean", of_models=True),
    **_of(Measure.QUANTILE, *(f"latency_{q}" for q in _QUANTILES), of_models=True),
    **_of(Measure.QUANTILE, *(f"first_content_{q}" for q in _QUANTILES), of_models=True),
    **_of(Measure.COUNT, "attempts", "rejected", "retries", "failovers", of_models=True),
    **_of(Measure.COUNT, "restarts", "cost", of_models=True),
    **_of(Measure.PER_MINUTE, "attempts_per_minute", "tokens_per_minute", of_models=True),
    **_of(Measure.PER_MINUTE, "input_tokens_per_minute", of_models=True),
    **_of(Measure.PER_MINUTE, "output_tokens_per_minute", of_models=True),
    **_of(Measure.NOW, "queue", "in_flight", "requests_left", "tokens_left", of_models=True),
    **_of(Measure.SHARE_NOW, "places_used", "retry_budget", of_models=True),
    **_of(Measure.SHARE, "task_error_rate", "task_success_rate", of_models=False),
    **_of(Measure.MEAN, "task_latency_mean", of_models=False),
    **_of(Measure.QUANTILE, *(f"task_latency_{q}" for q in _QUANTILES), of_models=False),
    **_of(Measure.COUNT, "tasks", "tasks_refused", "fallbacks", of_models=False),
    **_of(Measure.COUNT, "dead_letters", "events_dropped", "total_cost", of_models=False),
    **_of(Measure.PER_MINUTE, "tasks_per_minute", "total_tokens_per_minute", of_models=False),
    **_of(Measure.NOW, "tasks_in_flight", "tasks_waiting", "circuits_open", of_models=False),
    **_of(Measure.NOW, "models_usable", "degradation_level", OWN, of_models=False),
}
"""By name. Rates are shares of attempts; `task_...` and `total_...` are of the whole fleet."""


def metric_named(name: str) -> str:
    """The name as it is. Raises `ValueError` with the nearest one where there is none."""
    if name in METRICS:
        return name
    meant = nearest(name, METRICS)
    advice = f"did you mean {meant}?" if meant else f"there are {', '.join(METRICS)}"
    raise ValueError(f"there is no such metric; {advice}")
