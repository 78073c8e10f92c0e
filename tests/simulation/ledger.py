"""What was asked of the runtime, and what came of it: each entry ends once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from hive_resilience import Task, TaskResult

EXACT = 1e-6
"""Seconds that sums of spans may be off."""


def is_result(value: object) -> TypeGuard[TaskResult]:
    return isinstance(value, TaskResult)


@dataclass(slots=True)
class Entry:
    """One request. `limit` is its seconds, `scope` the models that may serve it, if not all."""

    kind: str
    name: str
    started: float
    limit: float | None = None
    scope: tuple[str, ...] | None = None
    task: Task | None = None
    once: bool = False
    """Whether it must not reach a second model."""
    present: frozenset[str] = frozenset()
    """The models of the fleet when it came."""
    closing: bool = False
    """Whether the runtime took no more tasks when it came."""
    ended: float | None = None
    value: Any = None
    error: BaseException | None = None
    cancelled: bool = False
    cancel_asked: bool = False
    answers: int = 0
    asked: set[str] = field(default_factory=set[str])
    """The models whose actors were asked for a permit."""

    @property
    def result(self) -> TaskResult | None:
        return self.value if is_result(self.value) else None

    def __str__(self) -> str:
        told = f"{self.kind} {self.name} at {self.started:.3f}"
        if self.result is not None:
            return f"{told} -> {self.ended:.3f} {self.result.error or self.result.model_used!r}"
        what = "cancelled" if self.cancelled else repr(self.error or self.value)
        return f"{told} -> {self.ended} {what}"


class Ledger:
    """All entries of a run, and the tasks that work on them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.by_task: dict[str, Entry] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def open(self, entry: Entry, work: Awaitable[Any]) -> asyncio.Task[None]:
        """Await `work` in a task of its own and write down what comes of it."""
        self.entries.append(entry)
        if entry.task is not None:
            self.by_task[entry.task.id] = entry
        task = asyncio.create_task(_follow(entry, work), name=entry.name)
        self.tasks[entry.name] = task
        return task

    @property
    def pending(self) -> list[asyncio.Task[None]]:
        return [task for task in self.tasks.values() if not task.done()]


async def _follow(entry: Entry, work: Awaitable[Any]) -> None:
    try:
        entry.value = await work
    except asyncio.CancelledError:
        entry.cancelled = True
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
    except Exception as error:
        entry.error = error
    finally:
        entry.ended = asyncio.get_running_loop().time()
        entry.answers += 1
