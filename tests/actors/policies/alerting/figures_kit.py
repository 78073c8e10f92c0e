"""Books of a fleet, made up."""

from __future__ import annotations

from typing import Any

from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.health.status import ModelStatus
from hive_resilience.actors.policies.metrics.figures import (
    FleetFigures,
    ModelFigures,
    TaskFigures,
    TokenCounts,
)
from hive_resilience.actors.policies.metrics.sketch import LatencySketch

_COUNTS = (
    *("successes", "failures", "timeouts", "cancelled", "rejected", "retries", "failovers"),
    *("hedged", "hedges_won", "hedges_lost", "abandoned", "under_way", "waiting", "restarts"),
)


def sketch(*durations: float) -> LatencySketch:
    found = LatencySketch()
    for duration in durations:
        found.add(duration)
    return found


def one_model(model_id: str = "a", **told: Any) -> ModelFigures:
    fields: dict[str, Any] = {
        **dict.fromkeys(_COUNTS, 0),
        "model_id": model_id,
        "status": ModelStatus.AVAILABLE,
        "breaker": State.CLOSED,
        "faults": {},
        "rejections": {},
        "transitions": {},
        "tokens": TokenCounts(),
        "durations": sketch(),
        "other_durations": sketch(),
        "first_contents": sketch(),
        "limit": 10,
        "requests_left": None,
        "tokens_left": None,
        "retry_budget": None,
    }
    return ModelFigures(**fields | told)


def books(now: float, *models: ModelFigures, **told: Any) -> FleetFigures:
    fields: dict[str, Any] = {
        **dict.fromkeys(("succeeded", "failed", "refused", "cancelled", "in_flight", "waiting"), 0),
        "durations": sketch(),
        "other_durations": sketch(),
        "fallbacks": {},
        "strategies": {},
    }
    return FleetFigures(now, TaskFigures(**fields | told), models)
