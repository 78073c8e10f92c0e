"""Reads a model's state into a frozen record."""

from __future__ import annotations

from .model_state import ModelState
from .snapshots import ModelSnapshot


def snapshot_of(state: ModelState, now: float) -> ModelSnapshot:
    """Everything about one model at one moment."""
    return ModelSnapshot(
        model_id=state.config.id,
        status=state.status(now),
        breaker=state.breaker.snapshot(now),
        health=state.health.snapshot(),
        metrics=state.metrics.snapshot(now),
        bulkhead=state.bulkhead.snapshot(),
        budget=state.budget.snapshot(),
        rate_limit=state.limiter.snapshot(now),
        under_way=len(state.permits),
        restarts=state.starts - 1,
    )
