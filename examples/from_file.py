"""A fleet from a file: `python examples/from_file.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hive_resilience import Plan, Runtime, Task, TaskResult

SETTINGS = Path(__file__).with_name("resilience.yml")


async def large(task: Task) -> str:
    """Stands for a model that is down."""
    raise ConnectionError("connection refused")


async def small(task: Task) -> str:
    """Stands for a model that answers."""
    return f"small says: {task.payload}"


async def ask(prompt: str) -> TaskResult:
    """One task through the fleet of the file; `large` first, then `small`."""
    executors = {"large": large, "small": small}
    async with Runtime.from_file(SETTINGS, executors=executors) as runtime:
        return await runtime.execute(Task(prompt), plan=Plan("large", fallbacks=("small",)))


if __name__ == "__main__":
    result = asyncio.run(ask("hello"))
    print(result.value)
    for attempt in result.attempts:
        print(f"  {attempt.model_id}, attempt {attempt.number}: {attempt.outcome}")
