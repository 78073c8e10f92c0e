"""The lines of input, read in a thread that is never far ahead of the tasks."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NamedTuple

MAX_LINE_BYTES = 16 * 1024 * 1024
READ_AHEAD = 32


class Line(NamedTuple):
    """A line that is not blank: its place among such lines, its number, its bytes.

    `text` is None where the line is longer than `MAX_LINE_BYTES`; `size` counts what was read.
    """

    order: int
    number: int
    text: bytes | None
    size: int


@dataclass(frozen=True, slots=True)
class Left:
    """The lines that were not begun. `exact`: whether the end of the input was seen."""

    count: int
    first: int | None
    exact: bool


class Source:
    """`next` gives one line after the other until the end or `stop`. One event loop uses it.

    Once started it owns the stream: to close it elsewhere would wait for a read that may never end.
    """

    def __init__(self, stream: BinaryIO) -> None:
        status = os.fstat(stream.fileno())
        self._is_file = stat.S_ISREG(status.st_mode)
        self.size: int | None = status.st_size if self._is_file else None
        """Bytes, where that can be known beforehand."""
        self.error: OSError | None = None
        self._stream = stream
        self._lines: asyncio.Queue[Line | None] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        self._stopping = False
        self._ended = asyncio.Event()
        self._left = Left(0, None, False)
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Begin to read. The thread does not keep the process from ending."""
        threading.Thread(target=self._read, name="tasks", daemon=True).start()

    async def next(self) -> Line | None:
        """The next line; None when there are no more."""
        line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)
            return None
        self._room.release()
        return line

    def stop(self) -> None:
        """Give out no more lines."""
        if self._stopping:
            return
        self._stopping = True
        self._room.release()
        while not self._lines.empty():
            if (line := self._lines.get_nowait()) is not None:
                self._leave(1, line.number)
        self._lines.put_nowait(None)

    async def left(self) -> Left:
        """What was not begun, after `stop`; a file is counted to its end, a pipe is not."""
        if self._is_file:
            await self._ended.wait()
        return self._left

    # In the thread.

    def _read(self) -> None:
        count, first, error, ended = 0, None, None, False
        try:
            for line in _lines_of(self._stream):
                if not self._stopping:
                    self._room.acquire()
                if not self._stopping:
                    self._post(self._arrive, line)
                    continue
                count, first = count + 1, first or line.number
                if not self._is_file:
                    break
            else:
                ended = True
        except OSError as problem:
            error = problem
        self._stream.close()
        self._post(self._end, count, first, ended, error)

    def _post(self, call: Callable[..., None], *arguments: Any) -> None:
        # A closed loop: the run has ended without this thread.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)

    # On the loop.

    def _arrive(self, line: Line) -> None:
        if self._stopping:
            self._leave(1, line.number)
        else:
            self._lines.put_nowait(line)

    def _end(self, count: int, first: int | None, ended: bool, error: OSError | None) -> None:
        self._leave(count, first)
        self._left = replace(self._left, exact=ended)
        self.error = error
        self._ended.set()
        self._lines.put_nowait(None)

    def _leave(self, count: int, number: int | None) -> None:
        """Lines come here in their order."""
        left = self._left
        self._left = Left(left.count + count, left.first or number, left.exact)


def _lines_of(stream: BinaryIO) -> Iterator[Line]:
    order = number = 0
    while text := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        size, whole = len(text), len(text) <= MAX_LINE_BYTES or text.endswith(b"\n")
        if not whole:
            size += _skip_line(stream)
        elif not text.strip():
            continue
        yield Line(order, number, text if whole else None, size)
        order += 1


def _skip_line(stream: BinaryIO) -> int:
    size = 0
    while text := stream.readline(MAX_LINE_BYTES):
        size += len(text)
        if text.endswith(b"\n"):
            break
    return size
