"""Threads of one model, for executors that block. They never keep a process from ending."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from .thread_call import ThreadCall

_END = None


class Threads:
    """Starts a thread when none is idle; ends them all at `close`.

    The standard pool joins its threads at exit, so that one call which never returns would keep
    the whole program alive. These are daemons, one set for each model: how many there are is
    bounded by the model's bulkhead, in which an abandoned call keeps its place.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._lock = threading.Lock()

    def run(self, function: Callable[..., Any], *args: Any) -> ThreadCall:
        """Start `function` in a thread with the caller's context."""
        call = ThreadCall(asyncio.get_running_loop(), function, args)
        self._submit(call.run)
        return call

    def close(self) -> None:
        """Let idle threads end now and busy ones after their call."""
        with self._lock:
            for _ in self._threads:
                self._jobs.put(_END)

    def join(self, timeout: float) -> int:
        """Wait for the threads to end, `timeout` seconds in all; how many did not."""
        until = time.monotonic() + timeout
        threads = tuple(self._threads)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return sum(thread.is_alive() for thread in threads)

    def _submit(self, job: Callable[[], None]) -> None:
        with self._lock:
            if self._idle:
                self._idle -= 1
            else:
                self._add_thread()
        self._jobs.put(job)

    def _add_thread(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not _END:
            job()
            del job
            with self._lock:
                self._idle += 1
        with self._lock:
            self._threads.discard(threading.current_thread())
