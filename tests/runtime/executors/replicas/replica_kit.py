"""Executors for the nodes of a cluster; what a test imports at its top would slow their start."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from hive_resilience import Task


async def act(task: Task) -> object:
    """Does what the payload says."""
    match task.payload:
        case "pid":
            return os.getpid()
        case "error":
            raise ValueError("a value")
        case "die":
            os._exit(3)
        case ("wait", str(path)):
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                Path(path).touch()
                raise
        case _:
            pass
    return task.payload


def block(task: Task) -> object:
    """Blocks its thread where the payload says so."""
    if task.payload == "block":
        time.sleep(600)
    return os.getpid()


async def count(task: Task) -> AsyncIterator[str]:
    """Many chunks; the payload says how many."""
    assert isinstance(task.payload, int)
    for number in range(task.payload):
        yield f"{number},"
