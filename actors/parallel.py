"""The parallel strategy: several models at once, the first success wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .messages import Candidate, Route

if TYPE_CHECKING:
    from .execution import Journey


async def race(journey: Journey, route: Route) -> None:
    """Run up to `route.width` models side by side; a failure starts the next one at once."""
    running: dict[asyncio.Task[None], Journey] = {}
    candidate = route.candidate
    try:
        while candidate is not None or running:
            while candidate is not None and len(running) < route.width and not journey.over:
                _start(journey, candidate, running)
                candidate = await _next(journey)
            if not running:
                return
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                journey.merge(running.pop(task))
            if journey.over:
                return
            if candidate is None:
                candidate = await _next(journey)
    finally:
        await _cancel(journey, running)


def _start(
    journey: Journey, candidate: Candidate, running: dict[asyncio.Task[None], Journey]
) -> None:
    journey.tried = (*journey.tried, candidate.model_id)
    branch = journey.branch()
    work = asyncio.create_task(branch.serve(candidate), name=f"parallel {candidate.model_id}")
    running[work] = branch


async def _next(journey: Journey) -> Candidate | None:
    return None if journey.over else await journey.next()


async def _cancel(journey: Journey, running: dict[asyncio.Task[None], Journey]) -> None:
    """End the losers and wait for their clean-up, so that none outlives the task."""
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
    for task, branch in running.items():
        if not task.cancelled():
            task.exception()
        journey.merge(branch, late=True)
