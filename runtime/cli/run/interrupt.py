"""SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"


class Interrupt:
    """Catches the signals while it is entered, in the main thread and on a running loop.

    The first one sets `stop`.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        self.number: int | None = None
        """The first signal that came."""
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._catch)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @property
    def exit_code(self) -> int | None:
        """What a shell expects of a process that a signal has ended."""
        return None if self.number is None else 128 + self.number

    def _catch(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None:
            _end_at_once(128 + number)
        self.number = number
        self._loop.call_soon_threadsafe(self._stop.set)


def _end_at_once(code: int) -> None:
    """Neither threads that wait nor calls under way are waited for."""
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
    os._exit(code)
