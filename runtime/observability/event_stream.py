"""Events as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import TypeVar

from ...actors.events import Event
from .event_bus import KEPT, EventBus
from .listening import event_kinds

E = TypeVar("E", bound=Event)


def event_stream(bus: EventBus, kinds: tuple[type[E], ...]) -> AsyncGenerator[E, None]:
    """Every event of these kinds from this call on, until the generator or the runtime is closed.

    No kind: events of all kinds.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[E | None] = asyncio.Queue(KEPT)

    def keep(event: E | None) -> None:
        if waiting.full():
            waiting.get_nowait()
        waiting.put_nowait(event)

    def hear(event: E | None = None) -> None:
        with suppress(RuntimeError):  # the loop is closed, and its readers with it
            loop.call_soon_threadsafe(keep, event)

    return _read(waiting, bus.tap(hear, event_kinds(kinds), hear))


async def _read(
    waiting: asyncio.Queue[E | None], unsubscribe: Callable[[], None]
) -> AsyncGenerator[E, None]:
    try:
        while (event := await waiting.get()) is not None:
            yield event
    finally:
        unsubscribe()
