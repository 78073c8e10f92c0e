"""What must hold after each run; each finding is a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from hive_resilience.actors.events import ChildCrashed, CircuitChanged, Event, ModelAdded
from hive_resilience.actors.policies.breaker.states import LEGAL_MOVES, State
from hive_resilience.actors.supervision.restarts import EscalatedError
from hive_resilience.errors import InjectedActorCrash
from hive_resilience.testing import InjectedCrash

from .answers import answers
from .readings import misread
from .rest import balances, crowds, leftovers, remains

if TYPE_CHECKING:
    from .world import World

MEANT = (InjectedCrash, InjectedActorCrash, EscalatedError)
"""What a simulation makes actors crash with, and what follows from that."""


def violations(world: World) -> list[str]:
    """Everything that does not hold after a run."""
    found = [*world.watch.violations, *world.samples.violations, *world.alerts.violations]
    found += world.load.violations
    found += world.experiments.violations
    found += answers(world.ledger.entries, world.settings.stop_grace)
    found += moves(world.events)
    found += crashes(world.events)
    found += misread(world)
    found += balances(world)
    found += leftovers()
    found += remains(world.fleet.engine)
    found += unpaid_hedges(world)
    found += crowds(world.states.values())
    found += [f"a call still runs at {m!r}" for m in world.models if m.running]
    return found


def unpaid_hedges(world: World) -> Iterator[str]:
    """No more models were asked beside silent ones than the budgets have paid for."""
    paid = sum(state.metrics.hedged for state in world.states.values())
    if world.hedges > paid:
        yield f"{world.hedges} hedges, and the budgets paid for {paid}"


def moves(events: Sequence[Event]) -> Iterator[str]:
    """Each breaker goes along legal edges, and from where it was."""
    states: dict[str, State] = {}
    for event in events:
        if isinstance(event, ModelAdded):
            states[event.model_id] = State.CLOSED
        if not isinstance(event, CircuitChanged):
            continue
        before = states.get(event.model_id, State.CLOSED)
        if event.before is not before:
            yield f"the breaker of {event.model_id} was {before}, and moved from {event.before}"
        if event.after not in LEGAL_MOVES[event.before]:
            yield f"the breaker of {event.model_id} moved from {event.before} to {event.after}"
        states[event.model_id] = event.after


def crashes(events: Iterable[Event]) -> Iterator[str]:
    """Only what was meant to crash did."""
    for event in events:
        if isinstance(event, ChildCrashed) and not isinstance(event.cause, MEANT):
            yield f"{event.child} crashed by itself in {event.during}: {event.cause!r}"
