"""What must be true once all requests have ended: all that was taken has been given back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from math import isclose
from typing import TYPE_CHECKING, Any

from hive_resilience.actors.model.state import ModelState
from hive_resilience.testing import VirtualLoop

if TYPE_CHECKING:
    from .world import World


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
