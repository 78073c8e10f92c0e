"""Work from other threads, a bounded number at a time."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from ..actors.policies.errors import OverloadedError

T = TypeVar("T")


class Submissions:
    """Starts coroutines on a loop in another thread; refuses what is above `limit` at once.

    Without a bound, threads that send without waiting fill the memory in seconds.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._under_way = 0
        self._lock = threading.Lock()

    def start(
        self, work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop
    ) -> concurrent.futures.Future[T]:
        """Run `work` on `loop`; cancelling the future cancels it. Raises `OverloadedError`."""
        with self._lock:
            free = self._under_way < self._limit
            self._under_way += free
        if not free:
            work.close()
            raise OverloadedError(
                f"{self._limit} tasks are submitted already, which is the limit "
                "(max_concurrent_requests, max_queued_requests); nothing was started"
            )
        future = asyncio.run_coroutine_threadsafe(work, loop)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _future: concurrent.futures.Future[Any]) -> None:
        with self._lock:
            self._under_way -= 1
