"""Executors for the nodes of a cluster; what a test imports at its top would slow their start."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from hive_resilience import Task


async def act(task: Task) -> object:
    """Does what the payload says."""
    match task.payload:
        case "pid":
            await asyncio.sleep(0.05)
            return os.getpid()
        case "node":
            return os.getppid()
        case "error":
            raise ValueError("a value")
        case "die":
            os._exit(3)
        case ("wait", str(path)):
            await _wait(Path(path))
        case _:
            pass
    return task.payload


async def _wait(folder: Path) -> None:
    (folder / "started").touch()
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        (folder / "cancelled").touch()
        raise


def block(task: Task) -> object:
    """Blocks its thread where the payload says so."""
    if task.payload == "block":
        time.sleep(600)
    return os.getpid()


async def count(task: Task) -> AsyncIterator[str]:
    """So many chunks as the payload says; where it has a path, it notes there how far it is.

    With "die" its process dies after the first chunk.
    """
    payload: Any = task.payload
    chunks, note = payload
    if note == "die":
        yield "0,"
        await asyncio.sleep(0.2)
        os._exit(3)
    try:
        for number in range(chunks):
            if note:
                Path(note).write_text(str(number))
            yield f"{number},"
            await asyncio.sleep(0)
    finally:
        if note:
            Path(note).with_suffix(".over").touch()
