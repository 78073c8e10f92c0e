"""Tasks that begin at once where Python can do that: one turn of the loop less, or none at all."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def begin_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], name: str | None = None
) -> asyncio.Task[T]:
    """A task on `loop`, which is running in this thread and not inside a handler.

    From Python 3.12 on it runs here until it first waits, so one that never waits is done when this
    returns. A loop with a task factory of its own keeps it.
    """
    if sys.version_info >= (3, 12) and loop.get_task_factory() is None:
        return asyncio.Task(work, loop=loop, name=name, eager_start=True)
    return loop.create_task(work, name=name)
