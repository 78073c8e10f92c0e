"""The books of a fleet, read from what its actors own: on the loop, asking none of them."""

from __future__ import annotations

from collections.abc import Callable

from ...actors.engine.actor import Actor
from ...actors.engine.reference import AnyRef
from ...actors.model.state import ModelState
from ...actors.policies.health.alerts import Alert
from ...actors.policies.metrics.figures import (
    FleetFigures,
    ModelFigures,
    TaskFigures,
    TokenCounts,
)
from ...actors.policies.metrics.sketch import LatencySketch
from ...actors.router.state import RouterState
from ...actors.supervision.child_spec import ChildSpec
from ...config.settings.runtime import RuntimeConfig
from .fleet import Fleet
from .supervision_tree import ESSENTIAL


class WatchedFleet:
    """A fleet as the parts that run beside it see it."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    @property
    def config(self) -> RuntimeConfig:
        """The settings that hold now."""
        return self._fleet.config

    def alerts(self) -> tuple[Alert, ...]:
        """What models and router have raised and not resolved."""
        fleet = self._fleet
        of_models = [alert for one in fleet.members.values() for alert in one.state.alerts.active]
        return (*of_models, *fleet.router_state.alerts.active)

    def supervise(self, name: str, make: Callable[[], Actor]) -> AnyRef:
        """Start an actor below the root, which brings it back after every crash."""
        return self._fleet.supervision.add(ChildSpec(name, make, restart=ESSENTIAL))

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
