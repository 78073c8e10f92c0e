"""A blocking iterator as an asynchronous one: each chunk is made in a thread of its model."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from .threads import Threads

if TYPE_CHECKING:
    from ....actors.executor import ExecutionContext

_END: Any = object()


class BlockingChunks(AsyncIterator[Any]):
    """Can be left between two chunks; while one is made the thread goes on, and closes it then."""

    def __init__(self, threads: Threads, context: ExecutionContext, chunks: Iterator[Any]) -> None:
        self._threads = threads
        self._context = context
        self._chunks = chunks
        # One for all chunks, as a generator has that stays in one thread: what it has set in one it
        # finds, and may take back, in the next.
        self._variables = copy_context()
        self._lock = threading.Lock()
        self._busy = False
        self._closing = False

    async def __anext__(self) -> Any:
        self._busy = True
        work = self._context.lingering = self._threads.run(self._make)
        # The thread cannot be cancelled with us; `lingering` tells when it ends.
        chunk = await work
        if chunk is _END:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Let the iterator clean up, in a thread: now, or when the chunk under way is made."""
        with self._lock:
            self._closing = True
            if self._busy:
                return
        close = getattr(self._chunks, "close", None)
        if callable(close):
            work = self._context.lingering = self._threads.run(self._variables.run, close)
            await work

    def _make(self) -> Any:
        try:
            return self._variables.run(next, self._chunks, _END)
        finally:
            with self._lock:
                self._busy = False
                closing = self._closing
            close = getattr(self._chunks, "close", None)
            if closing and callable(close):
                self._variables.run(close)
