"""Threads of one model, for executors that block. They never keep a process from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from .thread_call import ThreadCall

Job = Callable[[Callable[[], None]], None]
"""Calls what it is given when it is through with its work."""


class Threads:
    """Starts a thread when none is idle; ends them all at `close`.

    The standard pool joins its threads at exit, so that one call which never returns would keep
    the whole program alive. These are daemons, one set for each model: how many there are is
    bounded by the model's bulkhead, in which an abandoned call keeps its place.
    """

    __slots__ = ("_closed", "_crew", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._crew: _Crew | None = None
        """Made by the first call: most models have executors that do not block."""
        self._closed = False

    def run(self, function: Callable[..., Any], *args: Any) -> ThreadCall:
        """Start `function` in a thread with the caller's context; on the loop."""
        call = ThreadCall(asyncio.get_running_loop(), function, args)
        if self._crew is None or self._closed:
            self._crew = _Crew(self._name)
        self._crew.do(call.run)
        if self._closed:
            self._crew.dismiss()
        return call

    def close(self) -> None:
        """Let idle threads end now, busy ones after their call, and those of later calls too."""
        self._closed = True
        if self._crew is not None:
            self._crew.dismiss()

    def all(self) -> tuple[threading.Thread, ...]:
        """The threads that have not ended."""
        return () if self._crew is None else self._crew.all()


class _Crew:
    """The threads themselves, and the jobs that wait for one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._lock = threading.RLock()

    def do(self, job: Job) -> None:
        with self._lock:
            if self._idle:
                self._idle -= 1
            else:
                self._add_thread()
        self._jobs.put(job)

    def dismiss(self) -> None:
        with self._lock:
            for _ in self._threads:
                self._jobs.put(None)

    def all(self) -> tuple[threading.Thread, ...]:
        return tuple(self._threads)

    def _rest(self) -> None:
        with self._lock:
            self._idle += 1

    def _add_thread(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job(self._rest)
            del job
        with self._lock:
            self._threads.discard(threading.current_thread())
