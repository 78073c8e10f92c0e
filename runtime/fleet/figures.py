"""The books of a fleet, read from what its actors own: on the loop, asking none of them."""

from __future__ import annotations

from collections.abc import Iterable

from ...actors.model.state import ModelState
from ...actors.policies.metrics.figures import (
    FleetFigures,
    ModelFigures,
    TaskFigures,
    TokenCounts,
)
from ...actors.policies.metrics.sketch import LatencySketch
from ...actors.router.state import RouterState
from ...config.settings.runtime import RuntimeConfig
from .fleet import Fleet


class WatchedFleet:
    """A fleet as the parts that run beside it see it."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    @property
    def config(self) -> RuntimeConfig:
        """The settings that hold now."""
        return self._fleet.config

    def figures(self) -> FleetFigures:
        """All models, the tasks and the actors at this moment; on the loop."""
        fleet, now = self._fleet, self._fleet.engine.now()
        waiting_for = fleet.router_state.line.waiting_for
        return FleetFigures(
            now,
            _tasks(fleet.router_state),
            tuple(_model(one.state, now, waiting_for(i)) for i, one in fleet.members.items()),
            {child.name: child.restarts for child in fleet.supervision.snapshot()},
            fleet.dead_letters.snapshot(),
        )

    def model_ids(self) -> list[str]:
        """The models that there are."""
        return list(self._fleet.members)

    def activity(self, model_ids: Iterable[str]) -> list[int]:
        """A number for each of these models that differs once it has done something. Cheap."""
        members = self._fleet.members
        return [_activity(one.state) if (one := members.get(i)) else 0 for i in model_ids]

    def models(self, model_ids: Iterable[str]) -> list[ModelFigures]:
        """The books of these models alone, as far as they are there."""
        fleet, now = self._fleet, self._fleet.engine.now()
        waiting_for = fleet.router_state.line.waiting_for
        found = ((i, fleet.members.get(i)) for i in model_ids)
        return [_model(one.state, now, waiting_for(i)) for i, one in found if one is not None]

    def tasks(self) -> TaskFigures:
        """The books of the tasks alone."""
        return _tasks(self._fleet.router_state)


def _activity(state: ModelState) -> int:
    done = state.metrics
    counted = done.successes + done.failures + done.timeouts + done.cancelled + done.rejected
    counted += done.failovers + done.hedged + done.abandoned + state.starts
    # Calls under way come and go, so that they stand apart from what only grows.
    return counted << 32 | len(state.permits)


def _tasks(state: RouterState) -> TaskFigures:
    router = state.snapshot()
    return TaskFigures(
        succeeded=router.answered,
        failed=router.dispatched - router.answered - router.in_flight,
        refused=router.refused,
        cancelled=0,
        durations=LatencySketch(),
        other_durations=LatencySketch(),
        in_flight=router.in_flight,
        waiting=router.waiting,
        fallbacks={},
        strategies=router.strategies,
    )


def _model(state: ModelState, now: float, waiting: int) -> ModelFigures:
    found, metrics = state.snapshot(now), state.metrics
    told = found.metrics
    return ModelFigures(
        model_id=found.model_id,
        status=found.status,
        breaker=found.breaker.state,
        successes=told.successes,
        failures=told.failures,
        timeouts=told.timeouts,
        cancelled=told.cancelled,
        rejected=told.rejected,
        retries=told.retries,
        failovers=told.failovers,
        hedged=told.hedged,
        abandoned=told.abandoned,
        faults=told.faults,
        rejections={},
        transitions={},
        tokens=TokenCounts(),
        durations=metrics.recent_latency(now),
        other_durations=LatencySketch(),
        first_contents=LatencySketch(),
        under_way=found.under_way,
        limit=found.bulkhead.limit,
        waiting=waiting,
        requests_left=found.rate_limit.requests_left,
        tokens_left=found.rate_limit.tokens_left,
        retry_budget=None,
        restarts=found.restarts,
    )
