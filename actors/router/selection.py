"""Which model a task should try, by what the router knows of the fleet."""

from __future__ import annotations

from collections.abc import Iterable

from ...config.settings.runtime import Strategy
from ..messages import Candidate, Choice
from ..policies.outcomes.attempt import AttemptRecord
from ..policies.unavailability import Unavailable, UnavailableReason
from ..task import Plan
from .state import RouterState

_NOBODY: tuple[AttemptRecord, ...] = ()
_UNKNOWN, _UNHEALTHY = (
    Unavailable(UnavailableReason.UNKNOWN),
    Unavailable(UnavailableReason.UNHEALTHY),
)
_MAY_BE_FORCED = frozenset({UnavailableReason.CIRCUIT_OPEN, UnavailableReason.PARKED})
_IN_ORDER = frozenset({Strategy.SEQUENTIAL, Strategy.PARALLEL})


def choose(
    state: RouterState, plan: Plan | None, strategy: Strategy, tried: tuple[str, ...], now: float
) -> Choice:
    """The next model for a task, and the models passed over: without a next, all not tried."""
    model_id = pick(state, plan, strategy, tried, now)
    if model_id is None:
        ids = plan.model_ids if plan is not None else state.candidates
        return Choice(None, _passed(state, [i for i in ids if i not in tried], now))
    # The unavailable models before the chosen one were passed over.
    if plan is None and not state.unavailable:
        return Choice(state.candidates[model_id], _NOBODY)
    before = [i for i in _before(state, model_id, plan, strategy) if i not in tried]
    return Choice(state.candidates[model_id], _passed(state, before, now))


def last_resort(state: RouterState, plan: Plan | None, tried: tuple[str, ...]) -> Candidate | None:
    """The model whose wait ends first, of those that an operator has not closed."""
    ids = plan.model_ids if plan is not None else state.candidates
    waits = [
        (unavailable.until, model_id)
        for model_id in ids
        if (unavailable := state.unavailable.get(model_id)) is not None
        and unavailable.reason in _MAY_BE_FORCED
        and model_id not in tried
    ]
    return state.candidates[min(waits)[1]] if waits else None


def pick(
    state: RouterState, plan: Plan | None, strategy: Strategy, tried: tuple[str, ...], now: float
) -> str | None:
    """The id of the next model; None where none is left."""
    routing, learned = state.routing, state.learned
    if strategy is not Strategy.WEIGHTED:
        return _by_routing(state, plan, strategy, tried)
    if state.weighted or (plan is not None and plan.weights is not None):
        return _by_given_weight(state, plan, tried, now)
    if plan is None:
        some = routing.candidates(tried, state.draw, learned.leaders)
    else:
        some = [i for i in plan.model_ids if i not in tried and routing.is_usable(i)]
    return learned.choose(some, now, state.draw)


def _by_routing(
    state: RouterState, plan: Plan | None, strategy: Strategy, tried: tuple[str, ...]
) -> str | None:
    """In order, by chance, or by the weights that were given."""
    if plan is None:
        return state.routing.choose(strategy, tried, state.draw)
    ids, weights = plan.model_ids, plan.weights
    return state.routing.choose_among(ids, strategy, tried, state.draw, weights)


def _by_given_weight(
    state: RouterState, plan: Plan | None, tried: tuple[str, ...], now: float
) -> str | None:
    """By weight, of which a model in its slow start has a growing share.

    The rest of it goes to the others, but to none whose weight is 0.
    """
    chosen = first = _by_routing(state, plan, Strategy.WEIGHTED, tried)
    while chosen is not None and not state.learned.may_start(chosen, now, state.draw):
        tried = (*tried, chosen)
        chosen = _by_routing(state, plan, Strategy.WEIGHTED, tried)
        if chosen is None or not _weight_of(state, plan, chosen):
            return first
    return chosen


def _weight_of(state: RouterState, plan: Plan | None, model_id: str) -> float:
    if plan is None or plan.weights is None:
        return state.routing.weight_of(model_id)
    return plan.weights.get(model_id, 0.0)


def _before(
    state: RouterState, model_id: str, plan: Plan | None, strategy: Strategy
) -> Iterable[str]:
    """In an order, the unavailable models before the chosen; by chance or weight none is before."""
    if strategy not in _IN_ORDER:
        return ()
    if plan is not None:
        ids = plan.model_ids
        return ids[: ids.index(model_id)]
    found: list[str] = []
    for before in state.candidates:
        if before == model_id or len(found) == len(state.unavailable):
            break
        if before in state.unavailable:
            found.append(before)
    return found


def _passed(state: RouterState, model_ids: Iterable[str], now: float) -> tuple[AttemptRecord, ...]:
    return tuple([unavailability_of(state, i).record(i, now) for i in model_ids])


def unavailability_of(state: RouterState, model_id: str) -> Unavailable:
    """Why this model cannot serve."""
    if model_id not in state.candidates:
        return _UNKNOWN
    return state.unavailable.get(model_id, _UNHEALTHY)
