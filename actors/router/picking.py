"""The next model for a task: by its strategy, its session, and the ramps that are under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from ...config.settings.strategy import Strategy
from ..messages import Next
from ..policies.balancing.peak_ewma import cheaper
from ..policies.balancing.prices import by_price
from ..policies.balancing.sessions import choose_for, drawn_for
from .state import RouterState

LOOKS = 16
"""Models that are looked at in place of a ramping one, and in a large fleet for the least load."""
_ALL = 64
"""Models of a fleet in which the least load is looked for among all."""
STICKY = frozenset({Strategy.WEIGHTED, Strategy.RANDOM, Strategy.LEAST_IN_FLIGHT, Strategy.P2C})
"""Strategies in which a session decides. The others ask the same models for all tasks anyway."""


def pick(state: RouterState, wanted: Next, now: float) -> str | None:
    """The id of the next model; None where none is left."""
    chosen = _by_strategy(state, wanted, now)
    if chosen is None or chosen not in state.balance.ramps:
        return chosen
    if _has_turn(state, wanted, chosen, now):
        return chosen
    return _in_place_of(state, wanted, chosen, now)


def in_order(state: RouterState, wanted: Next) -> Iterable[str]:
    """The models that may serve, in the order of a strategy that has one."""
    cheapest = wanted.strategy is Strategy.CHEAPEST
    if wanted.plan is None:
        return state.balance.cheapest(state.candidates) if cheapest else state.candidates
    ids = wanted.plan.model_ids
    return by_price(ids, state.balance.prices) if cheapest else ids


# A model that ramps up.


def _has_turn(state: RouterState, wanted: Next, model_id: str, now: float) -> bool:
    """Whether the task is one of those that the model has already."""
    ramps, load = state.balance.ramps, state.balance.loads[model_id]
    if model_id not in ramps:
        return True
    if load.is_on_trial(now):
        ramps.on_trial(model_id, now, load.failed)
        return True
    if wanted.session is None:
        return ramps.takes(model_id, now, load.failed)
    return drawn_for(wanted.session, model_id) < ramps.share(model_id, now, load.failed)


def _in_place_of(state: RouterState, wanted: Next, ramping: str, now: float) -> str:
    """Another model that can begin with the task at once; without one, the ramping model."""
    tried = (*wanted.tried, ramping)
    for _ in range(LOOKS):
        other = _by_strategy(state, wanted._replace(tried=tried), now)
        if other is None or not _has_share(state, wanted, other):
            break
        if state.balance.loads[other].has_place(now) and _has_turn(state, wanted, other, now):
            return other
        tried = (*tried, other)
    return ramping


def _has_share(state: RouterState, wanted: Next, model_id: str) -> bool:
    """Whether the strategy sends tasks there at all: a weight of 0 is the last resort."""
    weights = _weights(state, wanted)
    return weights is None or weights.get(model_id, 0.0) > 0.0


def _weights(state: RouterState, wanted: Next) -> Mapping[str, float] | None:
    """The weights that were given; None: the strategy has none, or learns them."""
    plan = wanted.plan
    if wanted.strategy is not Strategy.WEIGHTED:
        return None
    if plan is not None and plan.weights is not None:
        return plan.weights
    if not state.weighted:
        return None
    ids = state.candidates if plan is None else plan.model_ids
    return {i: state.routing.weight_of(i) for i in ids if i in state.candidates}


# The strategies.


def _by_strategy(state: RouterState, wanted: Next, now: float) -> str | None:
    strategy = wanted.strategy
    if wanted.session is not None and strategy in STICKY:
        return _by_session(state, wanted, wanted.session, now)
    match strategy:
        case Strategy.WEIGHTED if _is_learnt(state, wanted):
            return _by_what_was_learnt(state, wanted)
        case Strategy.LEAST_IN_FLIGHT:
            return _least_in_flight(state, wanted, now)
        case Strategy.P2C:
            return _of_two(state, wanted, now)
        case Strategy.CHEAPEST:
            routing, tried = state.routing, wanted.tried
            ids = in_order(state, wanted)
            return next((i for i in ids if i not in tried and routing.is_usable(i)), None)
        case _:
            return _by_routing(state, wanted, strategy, wanted.tried)


def _by_routing(
    state: RouterState, wanted: Next, strategy: Strategy, tried: tuple[str, ...]
) -> str | None:
    """In order, by chance, or by the weights that were given."""
    plan = wanted.plan
    if plan is None:
        return state.routing.choose(strategy, tried, state.draw)
    return state.routing.choose_among(plan.model_ids, strategy, tried, state.draw, plan.weights)


def _is_learnt(state: RouterState, wanted: Next) -> bool:
    return not state.weighted and (wanted.plan is None or wanted.plan.weights is None)


def _by_what_was_learnt(state: RouterState, wanted: Next) -> str | None:
    learned = state.learned
    if wanted.plan is None:
        some = state.routing.candidates(wanted.tried, state.draw, learned.leaders)
    else:
        some = _usable(state, wanted)
    return learned.choose(some, state.draw)


def _by_session(state: RouterState, wanted: Next, session: str, now: float) -> str | None:
    loads = state.balance.loads
    weights = _weights(state, wanted)
    usable = _usable(state, wanted)
    return choose_for(session, usable, lambda i: loads[i].has_place(now), weights)


def _least_in_flight(state: RouterState, wanted: Next, now: float) -> str | None:
    draw, loads = state.draw, state.balance.loads
    if wanted.plan is None:
        some = state.routing.candidates(wanted.tried, draw, small=_ALL, challengers=LOOKS)
    else:
        some = _usable(state, wanted)

    def load_of(model_id: str) -> tuple[bool, int, float]:
        load = loads[model_id]
        return not load.has_place(now), load.in_flight, draw()

    return min(some, key=load_of, default=None)


def _of_two(state: RouterState, wanted: Next, now: float) -> str | None:
    """The cheaper of two that chance has chosen."""
    first = _by_routing(state, wanted, Strategy.RANDOM, wanted.tried)
    if first is None:
        return None
    second = _by_routing(state, wanted, Strategy.RANDOM, (*wanted.tried, first))
    if second is None:
        return first
    costs = _cost(state, first, now), _cost(state, second, now)
    return first if cheaper(*costs, state.draw) else second


def _cost(state: RouterState, model_id: str, now: float) -> tuple[float, int]:
    load, latencies = state.balance.loads[model_id], state.balance.latencies
    pending = load.in_flight
    cost = latencies.cost(model_id, pending, now) if load.has_place(now) else inf
    return cost, pending


def _usable(state: RouterState, wanted: Next) -> list[str]:
    ids = state.candidates if wanted.plan is None else wanted.plan.model_ids
    return [i for i in ids if i not in wanted.tried and state.routing.is_usable(i)]
