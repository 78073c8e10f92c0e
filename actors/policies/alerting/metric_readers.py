"""How each metric is read from the books of a fleet: tables with the names of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..breaker.states import State
from ..health.status import ModelStatus
from ..metrics.figures import FleetFigures, ModelFigures
from ..metrics.sketch import LatencySketch

MILLION = 1_000_000
"""Sums are whole numbers: seconds and costs are counted in millionths."""


class Pair(NamedTuple):
    """Two counters that only grow: all that came, and the part that is looked at."""

    total: int
    part: int


Counted = Callable[[ModelFigures], Pair]
CountedOfAll = Callable[[FleetFigures], Pair]


def _spent(sketch: LatencySketch) -> Pair:
    return Pair(sketch.count, round(sketch.sum * MILLION))


def _attempts(one: ModelFigures) -> int:
    return one.successes + one.failures + one.timeouts


def _tokens(one: ModelFigures) -> int:
    return one.tokens.input + one.tokens.output


def tasks_failed(figures: FleetFigures) -> Pair:
    """All tasks that are over, without those that their callers cancelled; and the failed ones."""
    tasks = figures.tasks
    failed = tasks.failed + tasks.refused
    return Pair(tasks.succeeded + failed, failed)


def budget_spent(figures: FleetFigures) -> Pair:
    """As `tasks_failed`, without what experiments have hit: no budget pays for those failures."""
    total, failed = tasks_failed(figures)
    return Pair(total - figures.tasks.injected, failed - figures.tasks.injected)


COUNTED: Mapping[str, Counted] = {
    "error_rate": lambda one: Pair(_attempts(one), one.failures + one.timeouts),
    "success_rate": lambda one: Pair(_attempts(one), one.successes),
    "timeout_rate": lambda one: Pair(_attempts(one), one.timeouts),
    "latency_mean": lambda one: _spent(one.durations),
    "attempts": lambda one: Pair(0, _attempts(one)),
    "attempts_per_minute": lambda one: Pair(0, _attempts(one)),
    "rejected": lambda one: Pair(0, one.rejected),
    "retries": lambda one: Pair(0, one.retries),
    "failovers": lambda one: Pair(0, one.failovers),
    "restarts": lambda one: Pair(0, one.restarts),
    "cost": lambda one: Pair(0, round(one.cost * MILLION)),
    "tokens_per_minute": lambda one: Pair(0, _tokens(one)),
    "input_tokens_per_minute": lambda one: Pair(0, one.tokens.input),
    "output_tokens_per_minute": lambda one: Pair(0, one.tokens.output),
}
COUNTED_OF_ALL: Mapping[str, CountedOfAll] = {
    "task_error_rate": tasks_failed,
    "task_success_rate": lambda all_: Pair(tasks_failed(all_).total, all_.tasks.succeeded),
    "task_latency_mean": lambda all_: _spent(all_.tasks.durations),
    "tasks": lambda all_: Pair(0, tasks_failed(all_).total),
    "tasks_per_minute": lambda all_: Pair(0, tasks_failed(all_).total),
    "tasks_refused": lambda all_: Pair(0, all_.tasks.refused),
    "fallbacks": lambda all_: Pair(0, sum(all_.tasks.fallbacks.values())),
    "dead_letters": lambda all_: Pair(0, sum(all_.dead_letters.values())),
    "events_dropped": lambda all_: Pair(0, all_.events_dropped),
    "total_cost": lambda all_: Pair(0, round(sum(one.cost for one in all_.models) * MILLION)),
    "total_tokens_per_minute": lambda all_: Pair(0, sum(map(_tokens, all_.models))),
}
IN_MILLIONTHS = frozenset({"cost", "total_cost", "latency_mean", "task_latency_mean"})
SKETCHED: Mapping[str, Callable[[ModelFigures], LatencySketch]] = {
    "latency": lambda one: one.durations,
    "first_content": lambda one: one.first_contents,
}
NOW: Mapping[str, Callable[[ModelFigures], float | None]] = {
    "queue": lambda one: one.waiting,
    "in_flight": lambda one: one.under_way,
    "requests_left": lambda one: one.requests_left,
    "tokens_left": lambda one: one.tokens_left,
    "places_used": lambda one: one.under_way / one.limit if one.limit else None,
    "retry_budget": lambda one: one.retry_budget,
}
NOW_OF_ALL: Mapping[str, Callable[[FleetFigures], float | None]] = {
    "tasks_in_flight": lambda all_: all_.tasks.in_flight,
    "tasks_waiting": lambda all_: all_.tasks.waiting,
    "circuits_open": lambda all_: sum(_is_open(one) for one in all_.models),
    "degradation_level": lambda all_: all_.level,
    "models_usable": lambda all_: sum(_is_usable(one) for one in all_.models),
}


def _is_open(one: ModelFigures) -> bool:
    return one.breaker in (State.OPEN, State.HALF_OPEN)


def _is_usable(one: ModelFigures) -> bool:
    well = one.status in (ModelStatus.AVAILABLE, ModelStatus.DEGRADED)
    return well and one.breaker not in (State.OPEN, State.FORCED_OPEN)
