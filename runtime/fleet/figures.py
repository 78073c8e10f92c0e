"""The books of a fleet, read from what its actors own: on the loop, asking none of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from ...actors.alerting.siblings import AlertSiblings
from ...actors.engine.actor import Actor
from ...actors.engine.reference import AnyRef
from ...actors.policies.cluster.speakers import Elsewhere, told_here
from ...actors.policies.health.alerts import Alert
from ...actors.policies.metrics.figures import FleetFigures, ModelFigures, TaskFigures
from ...actors.policies.metrics.sketch import LatencySketch
from ...actors.supervision.child_spec import ChildSpec
from ...config.settings.runtime import RuntimeConfig
from ..cluster.overview.speaking import Speaking
from ..observability.slices import Steps, at_once, in_slices
from .fleet import Fleet
from .member import Member
from .model_figures import figures_of
from .supervision_tree import ESSENTIAL

_SLICE = 4
"""Models whose books are read in one go."""
_TRIES = 3
"""How often a look begins again as a model has come or gone."""


class WatchedFleet:
    """A fleet as the parts that run beside it see it."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    @property
    def config(self) -> RuntimeConfig:
        """The settings that hold now."""
        return self._fleet.config

    def count_alerts_by(self, active: Callable[[], Mapping[tuple[str, str], int]] | None) -> None:
        """`active` says from now on how many alerts hold, by condition and severity."""
        self._fleet.alerting.active = active

    @property
    def alert_siblings(self) -> AlertSiblings:
        """The processes that serve together with this one."""
        return self._fleet.alerting.siblings

    def alerts(self) -> tuple[Alert, ...]:
        """What models and router have raised and not resolved."""
        return tuple(_raised(self._fleet))

    def share_alerts(self, tells: Callable[[], bool], changed: Callable[[], None]) -> Elsewhere:
        """Take part in telling the alerts of a cluster; what comes back says what others tell."""
        fleet, clustering = self._fleet, self._fleet.clustering
        if clustering is None:
            return told_here
        router, state = fleet.router_state, clustering.state
        state.tells, state.speaks_changed = tells, changed
        state.alerts.cooldown = fleet.config.global_.alerts.cooldown
        return Speaking(
            state,
            clustering.shared,
            lambda: router.unavailable.keys() - router.excused,
            fleet.engine.now,
        ).elsewhere

    def supervise(self, name: str, make: Callable[[], Actor]) -> AnyRef:
        """Start an actor below the root, which brings it back after every crash."""
        return self._fleet.supervision.add(ChildSpec(name, make, restart=ESSENTIAL))

    def figures(self) -> FleetFigures:
        """All models, the tasks and the actors at this moment; on the loop."""
        return fleet_figures(self._fleet)

    async def taken(self) -> FleetFigures:
        """As `figures`, a few models at a time, so that no task waits behind the look."""
        return await in_slices(reading(self._fleet))

    def model_ids(self) -> list[str]:
        """The models that there are."""
        return list(self._fleet.members)

    def activity(self, model_ids: Iterable[str]) -> list[int]:
        """A number for each of these models that differs once it has done something. Cheap."""
        members = self._fleet.members
        return [_activity(one) if (one := members.get(i)) else 0 for i in model_ids]

    def models(self, model_ids: Iterable[str]) -> list[ModelFigures]:
        """The books of these models alone, as far as they are there."""
        fleet, now = self._fleet, self._fleet.engine.now()
        found = [fleet.members.get(model_id) for model_id in model_ids]
        return [_model(fleet, one, now) for one in found if one is not None]

    def tasks(self) -> TaskFigures:
        """The books of the tasks alone; `direct_durations` has a part of their durations."""
        return _tasks(self._fleet, _later_durations(self._fleet))

    def direct_durations(self, model_ids: Iterable[str]) -> LatencySketch:
        """Durations of the tasks that the first attempt at one of these models has answered."""
        found = LatencySketch()
        for model_id in model_ids:
            member = self._fleet.members.get(model_id)
            if member is not None:
                found.merge(member.state.metrics.direct_durations())
        return found


def fleet_figures(fleet: Fleet) -> FleetFigures:
    """All models, the tasks and the actors at this moment; on the loop."""
    return at_once(reading(fleet))


def reading(fleet: Fleet) -> Steps[FleetFigures]:
    """The books in small steps, each model at its moment; on the loop.

    A model that goes takes its counts from its own books to those of the fleet: so a look begins
    again where one has come or gone meanwhile, and goes on without a pause after some tries.
    """
    for _ in range(_TRIES):
        version, steps = fleet.members.version, _reading(fleet)
        while version is fleet.members.version:
            try:
                next(steps)
            except StopIteration as end:
                found: FleetFigures = end.value
                return found
            yield
    return at_once(_reading(fleet))


def _reading(fleet: Fleet) -> Steps[FleetFigures]:
    now, members, dropped = fleet.engine.now(), fleet.members, fleet.events_dropped()
    durations, found = _later_durations(fleet), list[ModelFigures]()
    tasks = _tasks(fleet, durations)
    for at, member in enumerate(tuple(members.values()), 1):
        found.append(_model(fleet, member, now))
        durations.merge(member.state.metrics.direct_durations())
        if at % _SLICE == 0:
            yield
    return FleetFigures(
        now,
        tasks,
        tuple(found),
        {child.name: child.restarts for child in fleet.supervision.snapshot()},
        fleet.dead_letters.snapshot(),
        sum(dropped.values()),
        dropped,
        _alerts(fleet),
        fleet.router_state.level.level.rank,
        fleet.router_state.level.remedies(),
        members.gone,
        members.labels.named,
        None if fleet.clustering is None else fleet.clustering.figures(now),
    )


def _activity(member: Member) -> int:
    state, done = member.state, member.state.metrics
    counted = done.successes + done.failures + done.timeouts + done.cancelled + done.rejected
    counted += done.failovers + done.hedged + done.abandoned + state.starts
    # Calls under way come and go, so that they stand apart from what only grows.
    return counted << 32 | len(state.permits)


def _tasks(fleet: Fleet, durations: LatencySketch) -> TaskFigures:
    state = fleet.router_state
    books = state.books
    return TaskFigures(
        succeeded=state.answered,
        failed=books.failed,
        refused=state.refused,
        cancelled=books.cancelled,
        durations=durations,
        other_durations=books.other_durations.copy(),
        in_flight=state.in_flight,
        waiting=state.line.length + state.turns.waiting,
        fallbacks=books.fallbacks.copy(),
        strategies={str(name): count for name, count in state.strategies.items()},
        injected=books.injected,
    )


def _raised(fleet: Fleet) -> Iterator[Alert]:
    for member in fleet.members.values():
        yield from member.state.alerts.active
    yield from fleet.router_state.alerts.active
    if fleet.clustering is not None:
        yield from fleet.clustering.state.alerts.active


def _alerts(fleet: Fleet) -> Mapping[tuple[str, str], int]:
    """Of the part that keeps alerts, or without it those of models and router."""
    if fleet.alerting.active is not None:
        return fleet.alerting.active()
    return Counter((one.condition.value, one.severity.value) for one in _raised(fleet))


def _later_durations(fleet: Fleet) -> LatencySketch:
    found = fleet.router_state.books.durations.copy()
    found.merge(fleet.members.past_answers)
    return found


def _model(fleet: Fleet, member: Member, now: float) -> ModelFigures:
    model_id, router = member.config.id, fleet.router_state
    waiting, passed = router.line.waiting_for(model_id), router.passed_over(model_id)
    return figures_of(member.state, now, member.label, waiting, passed)
