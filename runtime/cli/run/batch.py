"""Runs the tasks of a source and puts their results into a sink, so many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....actors.result import TaskResult
from ....actors.task import Plan, Task
from ....config.settings.runtime import Strategy
from ...lines.result_line import presentable, refusal_line, result_line
from ...lines.task_line import InvalidLineError, read_task
from ...runtime import Runtime
from .report import Report
from .sink import Sink
from .source import MAX_LINE_BYTES, Line, Source
from .tally import Tally

Execute = Callable[[int, Task, Strategy | None, Plan | None], Awaitable[TaskResult]]
"""What gets a task its result; the number is that of its line."""

Read = Callable[[bytes], tuple[Task, Plan | str | None]]
"""What makes a task of a line; raises `InvalidLineError`."""


class Batch:
    """Workers that each take a line, execute it and put its result, until no line is left."""

    def __init__(
        self,
        runtime: Runtime,
        source: Source,
        sink: Sink,
        report: Report,
        *,
        strategy: Strategy | None,
        execute: Execute | None = None,
        read: Read = read_task,
    ) -> None:
        self.tally: Tally = Tally()
        self.under_way: dict[int, Line] = {}
        """Lines that were begun and have no result; after the end: those that never got one."""
        self._runtime = runtime
        self._result_for = execute or self._whole
        self._read = read
        self._source = source
        self._sink = sink
        self._report = report
        self._strategy = strategy
        self._workers: list[asyncio.Task[None]] = []

    async def run(self, concurrency: int, stop: asyncio.Event) -> None:
        """All lines, or until `stop` is set; then comes `drain`."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(concurrency)]
        everything = asyncio.wait(self._workers, return_when=asyncio.FIRST_EXCEPTION)
        ends = [asyncio.create_task(everything), asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            self._raise_of_crashed()
        except BaseException:
            await self.drain(0.0)
            raise
        finally:
            for end in ends:
                end.cancel()

    async def drain(self, timeout: float) -> None:
        """Begin no line any more; those under way have `timeout` to end, then are cancelled."""
        self._source.stop()
        for _ in self._workers:
            # Nothing comes any more that needs a place: a line that waits for one may end.
            self._sink.give_back()
        await asyncio.wait(self._workers, timeout=timeout)
        for worker in self._workers:
            worker.cancel()
        await asyncio.wait(self._workers)

    def _raise_of_crashed(self) -> None:
        for worker in self._workers:
            if worker.done():
                worker.result()

    async def _work(self) -> None:
        while True:
            await self._sink.room()
            line = await self._source.next()
            if line is None:
                self._sink.give_back()
                return
            self.under_way[line.order] = line
            result = await self._result_of(line)
            del self.under_way[line.order]
            self._sink.put(line.order, result)
            self._report.advance(line.size, self.tally)

    async def _result_of(self, line: Line) -> bytes:
        try:
            return await self._execute(line)
        except InvalidLineError as error:
            self.tally.refuse()
            self._report.say(f"line {line.number}: {error}")
            return refusal_line(line.number, error)

    async def _execute(self, line: Line) -> bytes:
        if line.text is None:
            raise InvalidLineError(f"longer than {MAX_LINE_BYTES:,} bytes; it was not read")
        task, named = self._read(line.text)
        try:
            plan = None if named is None else self._runtime.plan(named)
        except InvalidRequestError as error:
            raise InvalidLineError(f"plan: {error}", task_id=task.id) from error
        # The line knows more about its task than the command does about all.
        strategy = None if plan is not None and plan.strategy else self._strategy
        result = presentable(await self._result_for(line.number, task, strategy, plan))
        self.tally.count(result)
        return result_line(line.number, result)

    async def _whole(
        self, _line: int, task: Task, strategy: Strategy | None, plan: Plan | None
    ) -> TaskResult:
        return await self._runtime.execute(task, strategy=strategy, plan=plan)
