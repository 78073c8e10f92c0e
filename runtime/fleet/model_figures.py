"""The books of one model, read from what its actor owns."""

from __future__ import annotations

from collections.abc import Mapping

from ...actors.model.state import ModelState
from ...actors.policies.metrics.figures import ModelFigures
from ...actors.policies.metrics.folding import added
from ...actors.policies.metrics.metrics import ModelMetrics

_MILLION = 1_000_000


def figures_of(
    state: ModelState,
    now: float,
    label: str,
    waiting: int = 0,
    passed_over: Mapping[str, int] | None = None,
) -> ModelFigures:
    """The books at `now`; `passed_over` has the router's part of them."""
    metrics, limits, budget = state.metrics, state.limiter.snapshot(now), state.budget.snapshot()
    wrong, cancelled = metrics.failures + metrics.timeouts, metrics.cancelled
    return ModelFigures(
        model_id=state.config.id,
        label=label,
        status=state.status(now),
        breaker=state.breaker.state(now),
        successes=metrics.successes,
        failures=metrics.failures,
        timeouts=metrics.timeouts,
        cancelled=cancelled,
        rejected=metrics.rejected,
        retries=metrics.successes + wrong + cancelled - metrics.tasks,
        failovers=metrics.failovers,
        hedged=metrics.hedged,
        hedges_won=metrics.hedges_won,
        hedges_lost=metrics.hedges_lost,
        abandoned=metrics.abandoned,
        faults={fault.value: count for fault, count in metrics.faults.items()},
        rejections=added(metrics.rejections, passed_over or {}),
        transitions={after.value: count for after, count in state.breaker.gate.moves.items()},
        tokens=metrics.tokens,
        cost=metrics.cost,
        hits=metrics.hits.copy(),
        injected=metrics.injected.copy(),
        retries_won=metrics.later_successes,
        unanswered=_unanswered(metrics),
        durations=metrics.durations(),
        other_durations=metrics.other_durations(),
        first_contents=metrics.first_content_times(),
        under_way=len(state.permits),
        limit=state.bulkhead.limit,
        configured_limit=state.bulkhead.configured,
        throttled=state.throttled(now),
        waiting=waiting,
        requests_left=limits.requests_left,
        tokens_left=limits.tokens_left,
        retry_budget=budget.available / budget.capacity if budget.capacity else None,
        restarts=max(state.starts - 1, 0),
    )


def _unanswered(metrics: ModelMetrics) -> Mapping[str, int]:
    used = metrics.unanswered
    if not (used.input or used.output):
        return {}
    cost = round(metrics.unanswered_cost * _MILLION)
    return {"input": used.input, "output": used.output, "cached": used.cached, "cost": cost}
