"""Hears of the end when its signal comes: programs that run applications tell it too late.

They wait until all is answered, and the stream of a dashboard would be answered for ever.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_signals(hear: Callable[[], None]) -> Generator[None]:
    """Call `hear` on the loop at SIGINT and SIGTERM, before what handled them until now.

    Does nothing in another thread than the main one, which is where signals are handled.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hear)
        if callable(before[number]):
            before[number](number, frame)

    for number in _ENDS:
        if callable(found := signal.getsignal(number)):  # otherwise its end would be held up
            before[number] = found
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, found in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, found)
