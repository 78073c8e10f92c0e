"""Signals of the process: the first asks for an orderly end, the second ends at once."""

from __future__ import annotations

import asyncio
import os
import signal
from types import FrameType
from typing import Any, Self

_ENDS = (signal.SIGINT, signal.SIGTERM)
_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)


class Signals:
    """Catches them while it is entered, in the main thread and on a running loop."""

    def __init__(self) -> None:
        self.stop: asyncio.Event = asyncio.Event()
        """Set by the first SIGINT or SIGTERM."""
        self.reload: asyncio.Event = asyncio.Event()
        """Set by SIGHUP."""
        self._loop = asyncio.get_running_loop()
        self._came = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in _ENDS:
            self._before[number] = signal.signal(number, self._end)
        if _HANGUP is not None:
            self._before[_HANGUP] = signal.signal(_HANGUP, self._hang_up)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        if self._came:
            os._exit(128 + number)  # neither threads nor requests are waited for
        self._came = True
        self._loop.call_soon_threadsafe(self.stop.set)

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self.reload.set)
