"""The server with all that belongs to it, from the start of its fleet to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ...runtime import Runtime
from ..application import Application
from ..dashboard.dashboard import Dashboard
from ..dashboard.served_door import ServedDoor
from ..keys.keys import Keys
from ..limits import ServerLimits
from ..siblings.siblings import Siblings


@asynccontextmanager
async def opened(
    runtime: Runtime,
    *,
    keys: Keys | None,
    limits: ServerLimits,
    trusting: bool = False,
    siblings: Siblings | None = None,
) -> AsyncGenerator[Application]:
    """Start the fleet on this loop, and end it once nothing is asked of it any more."""
    async with runtime:
        watch = None if keys is None else asyncio.create_task(keys.watch())
        dashboard = Dashboard(runtime, ServedDoor(keys, siblings=siblings), siblings)
        dashboard.start()
        try:
            yield Application(
                runtime,
                keys=keys,
                limits=limits,
                trusting=trusting,
                dashboard=dashboard,
                siblings=siblings,
            )
        finally:
            dashboard.close()
            if watch is not None:
                watch.cancel()
            # The server has waited for the requests: nothing is waited for twice.
            await runtime.drain(0.0, reason="the server ends")
