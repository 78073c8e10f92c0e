"""The results on their way out, written in a thread: a slow reader must not stop the loop."""

from __future__ import annotations

import asyncio
import queue
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from io import RawIOBase
from typing import Any

_BATCH = 256


class Sink:
    """Writes results as they come, or in their order. One event loop uses it.

    At most `window` places are taken at once, each from `room` until its result is written; in
    order, that bounds too how many results wait for an earlier one.
    """

    def __init__(
        self,
        raw: RawIOBase,
        *,
        ordered: bool,
        window: int,
        on_error: Callable[[], None],
    ) -> None:
        self.error: OSError | None = None
        self._raw = raw
        self._ordered = ordered
        self._on_error = on_error
        self._places = asyncio.Semaphore(window)
        self._held: dict[int, bytes] = {}
        self._due = 0
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Begin to write. The thread does not keep the process from ending."""
        threading.Thread(target=self._write, name="results", daemon=True).start()

    async def room(self) -> None:
        """Take a place for a result to come."""
        await self._places.acquire()

    def give_back(self) -> None:
        """No result comes for a place that was taken."""
        self._places.release()

    def put(self, order: int, line: bytes) -> None:
        """One result; `order` counts from 0 without gaps, as far as results come."""
        if not self._ordered:
            self._waiting.put(line)
            return
        self._held[order] = line
        while (due := self._held.pop(self._due, None)) is not None:
            self._waiting.put(due)
            self._due += 1

    async def close(self) -> None:
        """Write what is left, over the gaps that an interruption made."""
        for order in sorted(self._held):
            self._waiting.put(self._held[order])
        self._held.clear()
        self._waiting.put(None)
        await self._closed.wait()

    # In the thread.

    def _write(self) -> None:
        more = True
        while more:
            lines = [self._waiting.get()]
            while len(lines) < _BATCH and not self._waiting.empty():
                lines.append(self._waiting.get())
            more = None not in lines
            written = [line for line in lines if line is not None]
            self._write_all(b"".join(written))
            self._post(self._written, len(written))
        self._post(self._closed.set)

    def _write_all(self, content: bytes) -> None:
        if self.error is not None:
            return
        try:
            write_all(self._raw, content)
        except OSError as error:
            self.error = error
            self._post(self._on_error)

    def _post(self, call: Callable[..., Any], *arguments: Any) -> None:
        # A closed loop: the run has ended without this thread.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)

    # On the loop.

    def _written(self, count: int) -> None:
        for _ in range(count):
            self._places.release()


def write_all(raw: RawIOBase, content: bytes) -> None:
    """All of it, also where the other side takes little at a time or was set not to block."""
    rest = memoryview(content)
    while rest:
        count = raw.write(rest)
        if count is None:
            select.select([], [raw], [])
            continue
        rest = rest[count:]
