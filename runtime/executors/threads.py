"""Threads of one model, for executors that block. They never keep a process from ending."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any

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
        self._closed = False
        self._lock = threading.Lock()

    def run(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Start `function` in a thread with the caller's context; done when the thread is."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        context = copy_context()

        def job() -> None:
            value, error = None, None
            try:
                value = context.run(function, *args)
            except BaseException as raised:  # whatever user code raises belongs to its caller
                error = raised
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, answer, value, error)

        self._submit(job)
        return answer

    def close(self) -> None:
        """Let idle threads end now, busy ones after their call, and those of later calls too."""
        with self._lock:
            self._closed = True
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
            if self._closed:
                self._jobs.put(job)
                self._jobs.put(_END)
                self._add_thread()
                return
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


def _settle(answer: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(value)
    elif isinstance(error, StopIteration | KeyboardInterrupt):
        # A future refuses the one, and the other would end the loop's program.
        failed = RuntimeError(f"the executor raised {type(error).__name__}")
        failed.__cause__ = error
        answer.set_exception(failed)
        answer.exception()
    else:
        answer.set_exception(error)
        answer.exception()  # an abandoned call's error is nobody's any more
