"""The hook round the call: an executor that shows each of its calls to the task's telemetry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine

from ....actors.calls.closing import close
from ....actors.executor import ExecutionContext, Executor, ExecutorWrapper
from ....actors.policies.stream_content import is_content
from ....actors.task import Task
from .attempt_trace import AttemptTrace
from .current import Current
from .genai_call import GenAICall
from .here import HERE
from .task_trace import TaskTrace

Describe = Callable[[Task], GenAICall | None]
"""What the GenAI conventions say of a call; None: nothing, or another library says it."""


class WatchedExecutor(ExecutorWrapper):
    """In the place of an executor, of which it has everything else."""

    def __init__(self, executor: Executor, describe: Describe) -> None:
        super().__init__(executor)
        self._describe = describe

    def begin(
        self, task: Task, context: ExecutionContext | None
    ) -> Coroutine[object, object, object]:
        """The call, with the span of its attempt round it."""
        trace = _trace()
        if trace is None or context is None:
            return self._inner.begin(task, context)
        return self._begin(trace, task, context)

    async def _begin(self, trace: TaskTrace, task: Task, context: ExecutionContext) -> object:
        attempt = trace.begin(context, self._describe(task))
        current = Current(trace, attempt.context)
        try:
            value = await self._inner.begin(task, context)
            if trace.is_heard:
                attempt.hear(value)
            trace.answered(attempt)
            return value
        except BaseException as raised:
            trace.raised(attempt, raised, context)
            raise
        finally:
            current.leave()

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[object]:
        """The chunks, with the span of their attempt round them."""
        trace = _trace()
        if trace is None:
            return self._inner.begin_stream(task, context)
        return WatchedChunks(self._inner, trace, task, context, self._describe(task))


class WatchedChunks(AsyncIterator[object]):
    """The span is the current one from the first step to the end: what a generator has begun
    between two chunks stays below it. The reading goes on in one task."""

    __slots__ = (
        *("_attempt", "_call", "_chunks", "_context", "_current", "_executor", "_task", "_trace"),
    )

    def __init__(
        self,
        executor: Executor,
        trace: TaskTrace,
        task: Task,
        context: ExecutionContext,
        call: GenAICall | None,
    ) -> None:
        self._executor = executor
        self._trace = trace
        self._task = task
        self._context = context
        self._call = call
        self._chunks: AsyncIterator[object] | None = None
        self._attempt: AttemptTrace
        self._current: Current | None = None

    async def __anext__(self) -> object:
        trace = self._trace
        try:
            chunks = self._chunks or self._begun()
            asked = trace.now()
            chunk = await chunks.__anext__()
        except BaseException as raised:
            self._end(raised)
            raise
        self._hear(chunk, trace.now() - asked)
        return chunk

    async def aclose(self) -> None:
        """Close the chunks within the span; a stream that is left ends here."""
        try:
            if self._chunks is not None:
                await close(self._chunks)
        finally:
            self._leave()

    def _begun(self) -> AsyncIterator[object]:
        attempt = self._attempt = self._trace.begin(self._context, self._call)
        self._current = Current(self._trace, attempt.context)
        self._chunks = self._executor.begin_stream(self._task, self._context)
        return self._chunks

    def _hear(self, chunk: object, waited: float) -> None:
        attempt = self._attempt
        if self._call is not None and self._trace.is_heard:
            attempt.hear(chunk)
            if is_content(chunk):
                self._trace.chunk(attempt, waited)

    def _end(self, raised: BaseException) -> None:
        if isinstance(raised, StopAsyncIteration):
            self._trace.answered(self._attempt)
        else:
            self._trace.raised(self._attempt, raised, self._context)

    def _leave(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            current.leave()


def _trace() -> TaskTrace | None:
    """The task under way here; None: it has none, or is over."""
    here = HERE.get()
    return here if isinstance(here, TaskTrace) and not here.closed else None
