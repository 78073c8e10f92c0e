"""Which model a task should try, by what the router knows of the fleet."""

from __future__ import annotations

from collections.abc import Iterable

from ...config.settings.runtime import Strategy
from ..messages import Candidate, Choice, Next
from ..policies.outcomes.attempt import AttemptRecord
from ..policies.unavailability import Unavailable, UnavailableReason
from ..task import Plan
from .picking import in_order, pick
from .state import RouterState

_NOBODY: tuple[AttemptRecord, ...] = ()
_UNKNOWN, _UNHEALTHY = (
    Unavailable(UnavailableReason.UNKNOWN),
    Unavailable(UnavailableReason.UNHEALTHY),
)
_MAY_BE_FORCED = frozenset({UnavailableReason.CIRCUIT_OPEN, UnavailableReason.PARKED})
IN_ORDER = frozenset({Strategy.SEQUENTIAL, Strategy.PARALLEL, Strategy.CHEAPEST, Strategy.QUORUM})
"""Strategies that pass over the unavailable models before the chosen one."""


def choose(state: RouterState, wanted: Next, now: float) -> Choice:
    """The next model for a task, and the models passed over: without a next, all not tried."""
    plan, tried = wanted.plan, wanted.tried
    model_id = pick(state, wanted, now)
    if model_id is None:
        ids = plan.model_ids if plan is not None else state.candidates
        return Choice(None, _passed(state, [i for i in ids if i not in tried], now))
    # The unavailable models before the chosen one were passed over.
    if plan is None and not state.unavailable:
        return Choice(state.candidates[model_id], _NOBODY)
    before = [i for i in _before(state, model_id, wanted) if i not in tried]
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


def _before(state: RouterState, model_id: str, wanted: Next) -> Iterable[str]:
    """In an order, the unavailable models before the chosen; by chance or weight none is before."""
    if wanted.strategy not in IN_ORDER:
        return ()
    if wanted.plan is not None:
        ids = list(in_order(state, wanted))
        return [i for i in ids[: ids.index(model_id)] if not state.routing.is_usable(i)]
    found: list[str] = []
    for before in in_order(state, wanted):
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
