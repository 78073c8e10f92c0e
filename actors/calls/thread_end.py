"""Waiting for threads to end, without a further thread: at interpreter exit none can be started."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable

_LOOK = 0.001


async def threads_ended(threads: Iterable[threading.Thread], limit: float) -> bool:
    """Wait until all of them have ended, at most `limit` seconds; whether they have.

    The loop's other work gets its turn every millisecond.
    """
    looks = round(limit / _LOOK)
    for thread in threads:
        while thread.is_alive():
            if looks <= 0:
                return False
            thread.join(_LOOK)
            looks -= 1
            await asyncio.sleep(0)
    return True
