"""The route of a task: which model it tries first, of those that may take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...config.settings.runtime import Strategy
from ..messages import (
    Candidate,
    Choice,
    Dispatch,
    DispatchStream,
    Next,
    Route,
    TaskEnded,
    TaskFinished,
)
from ..policies.families import Fit, Unfit
from ..policies.outcomes.attempt import AttemptRecord, Outcome
from ..policies.records import new
from ..policies.task_kinds import USUAL
from ..task import Plan
from .picking import in_order
from .selection import IN_ORDER, choose, unavailability_of
from .state import RouterState
from .waiting import ReadyRoute

_AS_MEANT = TaskFinished()
_ENOUGH = 20  # successes before their p95 says anything
_BY_LOAD = frozenset({Strategy.LEAST_IN_FLIGHT, Strategy.P2C})
_SIDE_BY_SIDE = frozenset({Strategy.PARALLEL, Strategy.QUORUM})
"""Strategies that ask several models at once."""


def route_of(state: RouterState, dispatch: Dispatch, now: float) -> Route:
    """The route of a task that is dispatched now."""
    plan = dispatch.plan
    strategy = dispatch.strategy or _strategy_of(plan) or state.settings.default_strategy
    state.strategies[strategy] = state.strategies.get(strategy, 0) + 1
    fit = state.fit(dispatch.kind, plan)
    if fit.unfit and not fit.ids:
        return Route(strategy, None, None, _records(fit.unfit, now), 1, is_over=True)
    narrowed = _narrowed(plan, fit) if fit.unfit else plan
    wanted = Next(narrowed, strategy, (), dispatch.task.session)
    choice = choose(state, wanted, now)
    passed_over = _before(state, wanted._replace(plan=plan), fit, choice)
    route = Route(
        strategy,
        _primary(state, wanted, choice),
        choice.candidate,
        (*_records(passed_over, now), *choice.passed),
        1,
        0.0,
        *((False, False) if strategy in _SIDE_BY_SIDE else state.may_hedge(narrowed)),
        plan=narrowed if fit.unfit else None,
        unfit=fit.unfit,
    )
    found = [(r.model_id, unavailability_of(state, r.model_id)) for r in choice.passed]
    state.books.passed(one for one in found if one[0] in state.candidates)
    if choice.candidate is not None:
        direct = strategy not in _SIDE_BY_SIDE and not route.hedged
        route = route._replace(direct=direct, answered=_answered(route.primary, choice.candidate))
    if strategy in _SIDE_BY_SIDE:
        width = (narrowed and narrowed.max_concurrent) or state.settings.max_parallel
        delay = _hedge_delay(state, dispatch, now)
        return route._replace(width=width or len(state.candidates), hedge_delay=delay)
    is_for_all = plan is None and dispatch.kind is USUAL and strategy is Strategy.SEQUENTIAL
    if is_for_all and not _ramps(state, wanted):
        state.ready[strategy] = ReadyRoute(route, (*passed_over, *found))
    return route


def passing(ready: ReadyRoute, now: float) -> Route:
    """The route for all, with errors of its own for the models that are passed over."""
    ready.used += 1
    route = ready.route
    passed: tuple[AttemptRecord, ...] = ()
    for model_id, unavailable in ready.passes_over:  # mostly one, for which this is the fastest way
        passed += (unavailable.record(model_id, now),)
    fields = (
        route.strategy,
        route.primary,
        route.candidate,
        passed,
        1,
        0.0,
        route.hedged,
        route.stream_hedged,
        route.plan,
        route.unfit,
        False,
        route.direct,
        route.answered,
    )
    return new(Route, fields)


def _answered(meant: str | None, candidate: Candidate) -> TaskFinished | TaskEnded:
    """What the router is told if the first attempt answers, of the model that was meant or not."""
    if meant is None or meant == candidate.model_id:
        return _AS_MEANT
    return TaskEnded(Outcome.SUCCESS, fallback=(meant, candidate.model_id))


def _primary(state: RouterState, wanted: Next, choice: Choice) -> str | None:
    """The model that was meant: the first of an order, or the choice of the strategy."""
    if wanted.strategy is Strategy.CHEAPEST:
        return next(iter(in_order(state, wanted)), None)
    if wanted.plan is not None and wanted.strategy not in _BY_LOAD:
        return wanted.plan.primary
    if wanted.strategy is Strategy.SEQUENTIAL:
        return next(iter(state.candidates), None)
    return None if choice.candidate is None else choice.candidate.model_id


def _narrowed(plan: Plan | None, fit: Fit) -> Plan:
    """The plan with the models alone that may take the task; without one, a plan of these."""
    primary, *others = fit.ids
    if plan is None:
        return Plan(primary, tuple(others))
    weights = plan.weights
    if weights is not None:
        weights = {i: weight for i, weight in weights.items() if i in fit.ids}
    return replace(plan, primary=primary, fallbacks=tuple(others), weights=weights)


def _ramps(state: RouterState, wanted: Next) -> bool:
    """Whether the first model that can serve has come back lately: then its tasks are shared."""
    ramps, routing = state.balance.ramps, state.routing
    if not len(ramps):
        return False
    return next((i for i in in_order(state, wanted) if routing.is_usable(i)), "") in ramps


def _before(state: RouterState, wanted: Next, fit: Fit, choice: Choice) -> list[tuple[str, Unfit]]:
    """The unfit models that stand before the chosen one; without a chosen one, all of them."""
    if not fit.unfit or choice.candidate is None:
        return list(fit.unfit)
    if wanted.strategy not in IN_ORDER:
        return []
    ids = list(in_order(state, wanted))
    before = ids[: ids.index(choice.candidate.model_id)]
    return [(model_id, unfit) for model_id, unfit in fit.unfit if model_id in before]


def _records(unfit: Iterable[tuple[str, Unfit]], now: float) -> tuple[AttemptRecord, ...]:
    return tuple(one.record(model_id, now) for model_id, one in unfit)


def _hedge_delay(state: RouterState, dispatch: Dispatch, now: float) -> float:
    plan = dispatch.plan
    own = None if plan is None else plan.hedge_delay
    delay = state.settings.hedge_delay if own is None else own
    if not isinstance(delay, str):
        return delay or 0.0
    state.hedges_by_p95 = True
    latency = state.first_chunk if isinstance(dispatch, DispatchStream) else state.latency
    recent = latency.recent(now)
    return recent.quantile(0.95) or 0.0 if recent.count >= _ENOUGH else 0.0


def _strategy_of(plan: Plan | None) -> Strategy | None:
    return None if plan is None else plan.strategy  # type: ignore[return-value]  # a Plan made it one
