"""Waiting for a point on the loop's clock."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import inf


async def sleep_until(end: float) -> None:
    """Until then; for ever where that is infinite."""
    if end == inf:
        await asyncio.Event().wait()
    await asyncio.sleep(end - asyncio.get_running_loop().time())


async def sleep_whatever_happens(end: float) -> None:
    """Until then, cancelled or not."""
    loop = asyncio.get_running_loop()
    while loop.time() < end:
        with suppress(asyncio.CancelledError):
            await sleep_until(end)
