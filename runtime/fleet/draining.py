"""Waiting for the tasks under way to end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ...actors.calls.waiting_calls import WaitingCalls
from ...actors.router.state import RouterState
from ...config.values.log_fields import log_event
from ..observability.snapshot import DrainReport

log: logging.Logger = logging.getLogger(__name__)

_LOOK = 0.01


async def drained(
    router: RouterState, waiting: WaitingCalls, now: Callable[[], float], limit: float
) -> DrainReport:
    """Wait for the tasks under way, at most `limit` seconds; what remains then."""
    remaining = await tasks_ended(router, now, limit)
    names = dict.fromkeys(waiting.owners()) if remaining else ()
    if remaining:
        log.warning(
            "%d tasks were not done after %.3g s of draining",
            remaining,
            limit,
            extra=log_event("drain.late", tasks=remaining, seconds=limit),
        )
    return DrainReport(remaining, tuple(names))


async def tasks_ended(router: RouterState, now: Callable[[], float], limit: float) -> int:
    """Wait until no task is under way, at most `limit` seconds; how many remain."""
    until = now() + limit
    while router.in_flight and now() < until:
        await asyncio.sleep(_LOOK)
    return router.in_flight
