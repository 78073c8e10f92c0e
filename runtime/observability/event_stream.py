"""Events as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from ...actors.events import Event
from .event_bus import KEPT, EventBus


def event_stream(bus: EventBus, kinds: tuple[type[Event], ...]) -> AsyncIterator[Event]:
    """Every event from this call on, until the iterator or the runtime is closed."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[Event | None] = asyncio.Queue(KEPT)

    def keep(event: Event | None) -> None:
        if waiting.full():
            waiting.get_nowait()
        waiting.put_nowait(event)

    def hear(event: Event | None = None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody reads any more
            loop.call_soon_threadsafe(keep, event)

    return _read(waiting, bus.tap(hear, kinds, hear))


async def _read(waiting: asyncio.Queue[Event | None], unsubscribe: object) -> AsyncIterator[Event]:
    try:
        while (event := await waiting.get()) is not None:
            yield event
    finally:
        assert callable(unsubscribe)
        unsubscribe()
