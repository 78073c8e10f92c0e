"""Models that stream as a script says, and readers of what they send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from hive_resilience import Plan, Runtime, Task, TaskResult
from hive_resilience.errors import StreamInterruptedError


class Streaming:
    """Sends its script chunk by chunk; a number is a pause in seconds, an exception is raised."""

    def __init__(self, *script: object) -> None:
        self.script = script
        self.sent = 0
        self.running = 0
        self.closed = 0
        self.tasks: list[Task] = []
        self.asked_at: list[float] = []

    async def __call__(self, task: Task) -> AsyncIterator[object]:
        self.tasks.append(task)
        self.asked_at.append(asyncio.get_running_loop().time())
        self.running += 1
        try:
            for line in self.script:
                if isinstance(line, BaseException):
                    raise line
                if isinstance(line, int | float):
                    await asyncio.sleep(line)
                    continue
                self.sent += 1
                yield line
        finally:
            self.running -= 1
            self.closed += 1

    @property
    def calls(self) -> int:
        return len(self.tasks)


class Read:
    """What one reader got: its chunks, and the error or the result at the end."""

    def __init__(self) -> None:
        self.chunks: list[object] = []
        self.error: BaseException | None = None
        self.result: TaskResult

    @property
    def cut(self) -> StreamInterruptedError:
        assert isinstance(self.error, StreamInterruptedError)
        return self.error


async def read(
    runtime: Runtime,
    task: Task | None = None,
    *,
    plan: Plan | None = None,
    strategy: str | None = None,
) -> Read:
    """Read a stream to its end."""
    found = Read()
    async with runtime.stream(task or Task("prompt"), plan=plan, strategy=strategy) as stream:
        try:
            async for chunk in stream:
                found.chunks.append(chunk)
        except Exception as error:
            found.error = error
    found.result = stream.result
    return found
