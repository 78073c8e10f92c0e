"""What must hold during and after each run; each finding is a sentence."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isclose
from typing import TYPE_CHECKING, Any

import pykka

from hive_resilience import ResilienceError, TaskResult
from hive_resilience.actors.events import ChildCrashed, CircuitChanged, Event, ModelAdded
from hive_resilience.actors.model.state import ModelState
from hive_resilience.actors.policies.breaker.states import LEGAL_MOVES, State
from hive_resilience.actors.policies.outcomes.errors import ModelCrashedError
from hive_resilience.actors.router.state import RouterState
from hive_resilience.actors.supervision.restarts import EscalatedError
from hive_resilience.errors import (
    AllModelsFailedError,
    EmptyAnswerError,
    InvalidRequestError,
    ModelLimitError,
    RuntimeClosedError,
)
from hive_resilience.testing import InjectedCrash, VirtualLoop

from .ledger import Entry
from .readings import misread

if TYPE_CHECKING:
    from .world import World

EXACT = 1e-6
"""Seconds that sums of spans may be off."""
_GROWING = (
    *("tasks", "successes", "failures", "timeouts", "cancelled"),
    *("rejected", "failovers", "abandoned", "stale"),
)
_CLOSED = frozenset({State.CLOSED, State.DISABLED, State.METRICS_ONLY})
MEANT = (InjectedCrash, EscalatedError)
"""What a simulation makes actors crash with, and what follows from that."""
_MAY_BE_RAISED = (
    *(ResilienceError, ConnectionError, TimeoutError, InjectedCrash),
    *(asyncio.CancelledError, pykka.ActorDeadError),
)


def violations(world: World) -> list[str]:
    """Everything that does not hold after a run."""
    found = [*world.watch.violations, *world.samples.violations]
    found += answers(world.ledger.entries, world.settings.stop_grace)
    found += moves(world.events)
    found += crashes(world.events)
    found += misread(world)
    found += balances(world)
    found += leftovers()
    found += remains(world.fleet.engine)
    found += crowds(world.states.values())
    found += [f"a call still runs at {m!r}" for m in world.models if m.running]
    return found


# Results.


def answers(entries: Iterable[Entry], grace: float) -> Iterator[str]:
    """Every request has one answer, of the right kind, in time."""
    for entry in entries:
        if entry.answers != 1:
            yield f"{entry} has {entry.answers} answers"
        elif entry.cancelled and not entry.cancel_asked:
            yield f"{entry}, but nobody cancelled it"
        elif entry.error is not None and not _may_raise(entry):
            yield f"{entry} raised {entry.error!r}"
        elif entry.result is not None:
            yield from _result(entry, entry.result)
        if entry.answers and entry.limit is not None and entry.ended is not None:
            over = entry.ended - entry.started - entry.limit - grace
            if over > EXACT:
                yield f"{entry} came {over:.3f} s after its deadline of {entry.limit:.3f} s"


def _may_raise(entry: Entry) -> bool:
    if entry.kind in ("execute", "stream"):
        return entry.closing and isinstance(entry.error, RuntimeClosedError)
    return isinstance(entry.error, _MAY_BE_RAISED) or entry.kind == "call"


def _result(entry: Entry, result: TaskResult) -> Iterator[str]:
    if entry.task is not None and result.task_id != entry.task.id:
        yield f"{entry} got the result of {result.task_id}"
    if result.success is not (result.model_used is not None and result.error is None):
        yield f"{entry} both succeeded and failed: {result}"
    yield from _faults(entry, result)
    if result.success and entry.limit is not None:
        # Where every answer was empty, the last attempt shows that there is no more.
        answered = [r for r in result.attempts if r.error is None] or result.attempts
        last = max(r.started_at + r.duration for r in answered)
        if last > entry.limit + EXACT:
            yield f"{entry} succeeded after its deadline of {entry.limit:.3f} s"
    if result.error is not None and not isinstance(result.error, Exception):
        yield f"{entry} failed with {result.error!r}, which would end the program"


def _faults(entry: Entry, result: TaskResult) -> Iterator[str]:
    """What a model cannot take it is not asked again, and nothing is only an answer for want."""
    asked = [record for record in result.attempts if record.number]
    last = {record.model_id: record for record in asked}
    limited = [record for record in asked if isinstance(record.error, ModelLimitError)]
    for record in limited:
        if last[record.model_id] is not record:
            yield f"{entry} asked {record.model_id} again, which cannot take it"
    ends = (InvalidRequestError, RuntimeClosedError, TimeoutError)
    if limited and len(limited) == len(result.attempts) and not isinstance(result.error, ends):
        yield f"{entry} failed with {result.error!r}, though no model can take it"
    empty = bool(last) and all(isinstance(r.error, EmptyAnswerError) for r in last.values())
    if isinstance(result.error, AllModelsFailedError) and empty:
        yield f"{entry} failed, though every model gave an empty answer"
    if result.success and not empty and all(record.error for record in asked):
        yield f"{entry} succeeded without any answer"


def stood_idle(fleet: Any, result: TaskResult, entry: Entry, now: float) -> list[str]:
    """The models that could have served a task that failed because "no model answered".

    A model counts if its actor is alive, its breaker closed, its health not out, a place free, no
    limit in the way; not only since this moment; and if the task never asked it for a permit.
    """
    if not isinstance(result.error, AllModelsFailedError):
        return []
    ids = entry.scope if entry.scope is not None else tuple(fleet.members)
    # Passed over until this very moment is no reason to blame anybody.
    due = {r.model_id for r in result.attempts if _is_due(r.error)}
    # Nor is having asked it while its actor was down; that question reached nobody.
    due |= {r.model_id for r in result.attempts if isinstance(r.error, ModelCrashedError)}
    # A model that gave its place to the line was asked by the router.
    due |= {r.model_id for r in result.attempts if r.number}
    ids = tuple(i for i in ids if i in fleet.members and i not in entry.asked and i not in due)
    return [model_id for model_id in ids if _idle(fleet, model_id, now)]


def _is_due(error: BaseException | None) -> bool:
    wait = getattr(error, "retry_after", None)
    return wait is not None and wait < EXACT


def _idle(fleet: Any, model_id: str, now: float) -> bool:
    member = fleet.members[model_id]
    state: ModelState = member.state
    limits = state.limiter.snapshot(now)
    unavailable = fleet.router_state.unavailable.get(model_id)
    if unavailable is not None and abs(unavailable.until - now) < EXACT:
        return False
    return (
        member.ref.is_running()
        and fleet.router.is_running()
        and state.breaker.state(now) in _CLOSED
        and state.breaker.admits(now)
        and state.can_serve(now)
        and state.bulkhead.in_flight < state.bulkhead.limit
        and (limits.requests_left is None or limits.requests_left >= 1)
        and not limits.parked_for
    )


# Moves and crashes.


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


# Balances.


def balances(world: World) -> Iterator[str]:
    """All that was taken has been given back."""
    router = world.fleet.router_state
    if router.in_flight or router.turns.waiting or router.waiting:
        yield f"the router has {router.in_flight} in flight, {len(router.waiting)} waiting"
    yield from _budget("the router", router.budget.snapshot(), 10, 0.2)
    for name, state in world.states.items():
        yield from _at_rest(name, state, world.now())
        retry = state.config.retry
        budget = state.budget.snapshot()
        yield from _budget(name, budget, retry.budget_reserve, retry.budget_ratio)


def _at_rest(name: str, state: ModelState, now: float) -> Iterator[str]:
    found = state.snapshot(now)
    left = {
        "permits": len(state.permits),
        "in flight": found.bulkhead.in_flight,
        "waiting": found.bulkhead.waiting,
        "held places": int(state.place_held),
        "trials": found.breaker.trials_out,
        "drains": len(state.draining),
        "checks": len(state.checks),
    }
    if any(left.values()):
        yield f"{name} is not at rest: { ({k: v for k, v in left.items() if v}) }"


def _budget(name: str, budget: Any, reserve: int, ratio: float) -> Iterator[str]:
    if budget.deposited > 1000:
        return  # it may have been full at times
    level = reserve + budget.deposited * round(ratio, 6) - budget.withdrawn
    if not isclose(level, budget.available, abs_tol=1e-3):
        yield f"the retry budget of {name} is {budget.available}, should be {level}"


def leftovers() -> Iterator[str]:
    """Nothing is left on the loop: no task but this one, and no timer but its limit."""
    loop = asyncio.get_running_loop()
    for task in asyncio.all_tasks(loop) - {asyncio.current_task(loop)}:
        yield f"left on the loop: {task!r}"
    assert isinstance(loop, VirtualLoop)
    timers = [timer for timer in loop.timers if "Timeout" not in repr(timer)]
    for timer in timers:
        yield f"left on the loop: {timer!r}"


def remains(engine: Any) -> Iterator[str]:
    """Nothing is left in the engine: no actor, no message, no report."""
    left = {
        "actors": engine.registry.get_all(),
        "control messages": list(engine._control),
        "user messages": list(engine._user),
        "reports": list(engine.deferred._waiting),
        "tasks": list(engine.tasks._tasks),
    }
    for what, things in left.items():
        if things:
            yield f"{what} left in the engine: {things}"


def crowds(states: Iterable[ModelState]) -> Iterator[str]:
    """No model ever had more calls at work than it may."""
    limits: Counter[Any] = Counter()
    for state in states:
        # One that was removed may come back with its executor before its last thread has ended.
        limits[state.config.executor] += state.config.bulkhead.max_concurrent
    for executor, limit in limits.items():
        if executor.most_at_work > limit:
            yield f"{executor.name} had {executor.most_at_work} calls at work, and may have {limit}"


class Samples:
    """Counters seen so far; none of them ever goes back."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._seen: dict[str, Mapping[str, float]] = {}

    def take(self, states: Mapping[str, ModelState], fleet: Any, now: float) -> None:
        """Compare all counters with those of the last time."""
        for name, state in states.items():
            self.take_one(name, state, now)
        router: RouterState = fleet.router_state
        dispatched, answered = router.dispatched, router.answered
        self._compare("router", {"dispatched": dispatched, "answered": answered}, now)
        self._compare("dead letters", fleet.dead_letters.snapshot(), now)
        for child in fleet.supervision.children():
            crashes = child.policy.snapshot(now).crashes
            counted = {"restarts": child.restarts, "crashes": crashes}
            # One that was removed may come back by the same name, as somebody else.
            self._compare(f"{child.name}, {child.ref.actor_urn}", counted, now)

    def take_one(self, name: str, state: ModelState, now: float) -> None:
        """Compare the counters of one model."""
        self._compare(name, _counters(state, now), now)
        parked, most = state.breaker.snapshot(now).parked_for, state.max_parking
        if parked > most + EXACT:
            self.violations.append(f"{name} at {now:.3f}: parked for {parked:.3g} s, not {most} s")
        if len(state.permits) > state.bulkhead.in_flight:
            self.violations.append(f"{name} at {now:.3f}: more permits than places taken")

    def _compare(self, name: str, counters: Mapping[str, float], now: float) -> None:
        before = self._seen.get(name, {})
        self._seen[name] = counters
        for counter, value in counters.items():
            if value < before.get(counter, 0):
                self.violations.append(
                    f"{counter} of {name} went back from {before[counter]} to {value} at {now:.3f}"
                )


def _counters(state: ModelState, now: float) -> dict[str, float]:
    # Whole snapshots would take most of the time of the simulation.
    budget, bulkhead = state.budget, state.bulkhead
    counters: dict[str, float] = {name: getattr(state.metrics, name) for name in _GROWING}
    counters |= {"deposited": budget.deposited, "withdrawn": budget.withdrawn}
    counters |= {"refused": bulkhead.refused, "shed": bulkhead.shed, "expired": bulkhead.expired}
    counters |= {"generation": state.breaker.snapshot(now).generation, "starts": state.starts}
    return counters
