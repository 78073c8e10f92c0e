"""The parallel strategy: several models at once, the first success wins.

All start together, or one after the other by the hedge delay; a failure starts the next at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..calls.scope import call_scope
from ..messages import Candidate, Route

if TYPE_CHECKING:
    from .failover import Failover


async def race(
    journey: Failover, route: Route, running: dict[asyncio.Task[None], Failover] | None = None
) -> None:
    """Run up to `route.width` models side by side until one answers or all have failed.

    `running` are those under way; one that has `taken` a stream cancels the others itself.
    """
    running = {} if running is None else running
    candidate = route.candidate
    try:
        while candidate is not None or running:
            while candidate is not None and _may_start(journey, route, running):
                _start(journey, candidate, running)
                candidate = await journey.next()
                if route.hedge_delay:
                    break
            if not await _collect(journey, running, _patience(journey, candidate, route, running)):
                return
            if candidate is None:
                candidate = await journey.next()
    finally:
        await _end(journey, running)


async def _collect(
    journey: Failover, running: dict[asyncio.Task[None], Failover], patience: float | None
) -> bool:
    """Wait for the first to end, or for the next one's turn; False when it is over."""
    if not running:
        return False
    done, _ = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    for task in [task for task in running if task in done]:
        branch = running.pop(task)
        lost = branch.lost and task.cancelled()
        if lost:  # it may be asked again, if who won does not reach its end
            journey.tried = tuple(i for i in journey.tried if i != branch.tried[-1])
        else:
            task.result()
        journey.merge(branch, late=lost)
    return not journey.over


def _may_start(
    journey: Failover, route: Route, running: dict[asyncio.Task[None], Failover]
) -> bool:
    if (
        journey.over
        or journey.taken
        or len(running) >= route.width
        or journey.now() >= journey.deadline
    ):
        return False
    if not journey.may_fail_over():
        return False
    # A hedge is spent like a retry; what replaces a failure is not a hedge.
    hedging = bool(route.hedge_delay) and bool(running)
    return not hedging or journey.may_retry()


def _patience(
    journey: Failover,
    candidate: Candidate | None,
    route: Route,
    running: dict[asyncio.Task[None], Failover],
) -> float | None:
    """Seconds until the next hedge may start; None: there is none to start."""
    waits = candidate is not None and route.hedge_delay and len(running) < route.width
    return route.hedge_delay if waits and not journey.taken else None


def _start(
    journey: Failover, candidate: Candidate, running: dict[asyncio.Task[None], Failover]
) -> None:
    journey.tried = (*journey.tried, candidate.model_id)
    branch = journey.branch()
    work = asyncio.create_task(_serve(branch, candidate), name=f"parallel {candidate.model_id}")
    running[work] = branch


async def _serve(branch: Failover, candidate: Candidate) -> None:
    call_scope.set(branch.scope)
    await branch.serve(candidate)


async def _end(journey: Failover, running: dict[asyncio.Task[None], Failover]) -> None:
    """Cancel the losers and wait for their clean-up, so that none outlives the task."""
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
    for branch in running.values():
        journey.merge(branch, late=True)
