"""What runs in a worker process: the executor of one model, one call at a time."""

from __future__ import annotations

import asyncio
import inspect
import os
import pickle
import signal
import threading
import time
from multiprocessing import connection, parent_process
from typing import Any, NamedTuple

from ....actors.executor import ExecutionContext
from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....actors.task import Task
from ..functions.adapter import joined
from .serialization import pack_answer, pack_error


class Question(NamedTuple):
    """One call, as it travels. `task` is None for a health check, `left` is seconds."""

    model_id: str
    task: Task | None = None
    attempt: int = 0
    left: float = 0.0


class Host:
    """The executor of this process; it and its event loop last as long as the process does."""

    def __init__(self, parcel: bytes) -> None:
        self._parcel = parcel
        self._executor: Any = None
        self._runner = asyncio.Runner()

    def load(self) -> Any:
        """The executor, unpacked once: what it keeps from one call to the next stays with it."""
        if self._executor is None:
            self._executor = pickle.loads(self._parcel)
        return self._executor

    def answer(self, question: Question) -> Any:
        """Ask the executor; an async one runs on the loop of this process."""
        try:
            executor = self.load()
        except Exception as error:
            raise ModelUnavailableError(
                f"the executor of {question.model_id} cannot be loaded in a worker process: "
                f"{error!r}",
                model_id=question.model_id,
            ) from error
        found = _begin(executor, question)
        if inspect.isasyncgen(found):
            found = _collected(found)
        elif inspect.isgenerator(found):
            found = joined(list(found))
        return self._runner.run(_awaited(found)) if inspect.isawaitable(found) else found


_hosts: list[Host] = []


def prepare(parcel: bytes) -> None:
    """Make this process ready: it ends at once when told to, and when its parent is gone."""
    # Native code that blocks the interpreter never gets to a handler written in Python.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    host = Host(parcel)
    _hosts.append(host)
    try:
        host.load()
    except Exception:
        return  # the first call says why, to a caller that listens


def perform(parcel: bytes) -> bytes:
    """One call, packed, to its answer or error, packed."""
    try:
        value = _hosts[-1].answer(pickle.loads(parcel))
    except BaseException as error:  # whatever user code raises belongs to its caller
        return pack_error(error)
    return pack_answer(value)


def _begin(executor: Any, question: Question) -> Any:
    if question.task is None:
        return executor.check_health()
    if not hasattr(executor, "execute"):
        return executor(question.task)
    until = time.monotonic() + question.left
    context = ExecutionContext(question.model_id, question.attempt, until, time.monotonic)
    return executor.execute(question.task, context)


async def _collected(chunks: Any) -> Any:
    return joined([chunk async for chunk in chunks])


async def _awaited(found: Any) -> Any:
    return await found


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
