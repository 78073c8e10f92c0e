"""Answers shown while they come, one after the other."""

from __future__ import annotations

from ....actors.policies.stream_content import StreamRestarted, Texts, is_content
from ....actors.result import TaskResult
from ....actors.task import Plan, Task
from ....config.errors import ResilienceError
from ....config.settings.runtime import Strategy
from ...runtime import Runtime
from .report import Report
from .sink import Sink

WINDOW = 1
"""Places of the sink: the next chunk is taken when the last one is written."""

# What a model writes must not steer the terminal: only tabs and line feeds stay what they are.
_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


class Live:
    """Executes tasks as streams. Their text goes to `sink`, what is said about it to `report`."""

    def __init__(self, runtime: Runtime, sink: Sink, report: Report, *, on_terminal: bool) -> None:
        self._runtime = runtime
        self._sink = sink
        self._report = report
        self._on_terminal = on_terminal
        self._at_line_start = True

    async def execute(
        self, line: int, task: Task, strategy: Strategy | None, plan: Plan | None
    ) -> TaskResult:
        """The result of a task, after its text."""
        texts = Texts()
        async with self._runtime.stream(task, strategy=strategy, plan=plan) as stream:
            try:
                async for chunk in stream:
                    await self._show(line, chunk, texts)
            except ResilienceError as error:
                await self._say(f"line {line}: {error}")
        result = stream.result
        if result.success:
            await self._say(f"line {line}: {result.model_used}, {result.execution_time:.2f} s")
        return result

    async def _show(self, line: int, chunk: object, texts: Texts) -> None:
        if isinstance(chunk, StreamRestarted):
            told = f"{chunk.interrupted} was interrupted; {chunk.model_id} begins again"
            await self._say(f"line {line}: {told}")
        elif is_content(chunk):
            await self._write(texts.of(chunk))

    async def _write(self, text: str) -> None:
        if not text:
            return
        self._at_line_start = text.endswith("\n")
        if self._on_terminal:
            text = text.translate(_CONTROLS)
        await self._sink.room()
        self._sink.put(0, text.encode("utf-8", "replace"))

    async def _say(self, told: str) -> None:
        """On a line of its own, after all that was written before."""
        if not self._at_line_start:
            await self._write("\n")
        await self._sink.room()
        self._sink.give_back()
        self._report.say(told)
