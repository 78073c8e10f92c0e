"""Executors for worker processes; what a test imports at its top would slow their start."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from hive_resilience import ExecutionContext, Task
from hive_resilience.errors import RateLimitedError


class ClientError(Exception):
    """As clients raise them: it cannot be made again from its message alone."""

    def __init__(self, message: str, *, response: object) -> None:
        super().__init__(message)
        self.response = response
        self.status_code = 429
        self.headers = {"retry-after": "7"}


def act(task: Task) -> object:
    """Does what the payload says."""
    match task.payload:
        case "pid":
            return os.getpid()
        case "value error":
            raise ValueError("a value")
        case "rate limited":
            raise RateLimitedError("too many", retry_after=3.0)
        case "client error":
            raise ClientError("secret words", response=threading.Lock())
        case "exit":
            sys.exit(3)
        case "lock":
            return threading.Lock()
        case "segfault":
            return ctypes.string_at(0)
        case ("segfault once", str(path)) if not os.path.exists(path):
            Path(path).touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        case ("loop", str(path)):
            _note_pid(path)
            while True:
                pass
        case ("hold the interpreter", str(path)):
            _note_pid(path)
            ctypes.PyDLL(None).pause()
        case _:
            pass
    return task.payload


def _note_pid(path: str) -> None:
    partial = Path(path + ".partial")
    partial.write_text(str(os.getpid()), encoding="ascii")
    partial.rename(path)  # whoever sees the file sees all of it


async def async_act(task: Task) -> object:
    """The loop is the same for every call."""
    await asyncio.sleep(0)
    return id(asyncio.get_running_loop())


async def stream(task: Task) -> AsyncIterator[str]:
    """Two chunks."""
    yield "two "
    yield "chunks"


def blocking_stream(task: Task) -> Iterator[str]:
    """Two chunks."""
    yield "two "
    yield "chunks"


class Counting:
    """Knows how often it was called, and is well only from the third call on."""

    def __init__(self) -> None:
        self.calls = 0

    def execute(self, task: Task, context: ExecutionContext) -> tuple[int, str, int, bool]:
        self.calls += 1
        in_time = 0 < context.deadline <= 30
        return self.calls, context.model_id, context.attempt, in_time

    def check_health(self) -> bool:
        return self.calls >= 3


class Unloadable:
    """Can be sent, and not be taken out again."""

    def __setstate__(self, state: object) -> None:
        raise OSError("no weights here")

    def __getstate__(self) -> object:
        return {"a": 1}

    def execute(self, task: Task, context: ExecutionContext) -> None:
        """Never called."""


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
