"""Makes an `Executor` of whatever the user gave: function, generator, class or adapter."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from ...actors.calls.closing import closing
from ...actors.executor import ExecutionContext, Executor
from ...actors.task import Task
from ...config.errors import ConfigurationError
from ...config.settings.model import Isolation, ModelConfig
from .functions.adapter import Adapter, answer_in_thread, in_thread, joined
from .functions.blocking_chunks import BlockingChunks
from .functions.threads import Threads


class AsyncExecutor(Adapter):
    """An `async def` function of the task; called as it is, with nothing in between."""

    def __init__(self, function: Callable[[Task], Coroutine[Any, Any, Any]], threads: Threads):
        super().__init__(function, threads)
        self._function = function

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        return self._function(task)


class GeneratorExecutor(Adapter):
    """An async generator: its chunks together are the answer, joined where all are text."""

    def __init__(self, function: Callable[[Task], Any], threads: Threads):
        super().__init__(function, threads)
        self._function = function

    async def begin(self, task: Task, context: ExecutionContext | None) -> Any:
        return joined([chunk async for chunk in self._function(task)])

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        found: AsyncIterator[Any] = self._function(task)
        return found


class BlockingExecutor(Adapter):
    """A plain function of the task; runs in a thread of its model."""

    needs_context = True

    def __init__(self, function: Callable[[Task], Any], threads: Threads, owner: Any = None):
        super().__init__(function if owner is None else owner, threads)
        self._function = function

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        return in_thread(self._threads, context, self._function, task)

    def answer(self, task: Task, context: ExecutionContext) -> Coroutine[Any, Any, Any]:
        return answer_in_thread(self._threads, context, self._function, task)


class BlockingGeneratorExecutor(BlockingExecutor):
    """A plain generator function of the task: each chunk is made in a thread of its model."""

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        return in_thread(self._threads, context, self._all, task)

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        return BlockingChunks(self._threads, context, self._function(task))

    def _all(self, task: Task) -> Any:
        return joined(list(self._function(task)))


class ObjectExecutor(Adapter):
    """An object with `execute(task, context)`, which may block or not, and perhaps `stream`."""

    needs_context = True

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        stream = getattr(self._owner, "stream", None)
        if not callable(stream):
            return super().begin_stream(task, context)
        if inspect.isasyncgenfunction(stream):
            chunks: AsyncIterator[Any] = stream(task, context)
            return chunks
        return self._opened(stream, task, context)

    async def _opened(
        self, stream: Callable[..., Any], task: Task, context: ExecutionContext
    ) -> AsyncIterator[Any]:
        if inspect.iscoroutinefunction(stream):
            chunks = await stream(task, context)
        else:
            chunks = await answer_in_thread(self._threads, context, stream, task, context)
        chunks = self._each(chunks, context)
        async with closing(chunks):
            async for chunk in chunks:
                yield chunk

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        execute = self._owner.execute
        if inspect.iscoroutinefunction(execute):
            return execute(task, context)  # type: ignore[no-any-return]
        return in_thread(self._threads, context, execute, task, context)

    def answer(self, task: Task, context: ExecutionContext) -> Coroutine[Any, Any, Any]:
        execute = self._owner.execute
        if inspect.iscoroutinefunction(execute):
            return execute(task, context)  # type: ignore[no-any-return]
        return answer_in_thread(self._threads, context, execute, task, context)


class FunctionCall(Adapter):
    """Any function with its arguments, for `Runtime.call`; the task says nothing to it."""

    needs_context = True

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], threads: Threads):
        super().__init__(function, threads)
        self._function = function
        self._args = args

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        if _is_async(self._function):
            return self._function(*self._args)  # type: ignore[no-any-return]
        return in_thread(self._threads, context, self._function, *self._args)


def executor_for(
    config: ModelConfig, threads: Threads, connect_timeout: Callable[[], float] | None = None
) -> Executor:
    """The executor of a model. Raises `ConfigurationError` where it has none that can be called.

    `connect_timeout` says how many seconds, for one by settings that say nothing of it.
    """
    given: Any = config.executor
    if given is None:
        given = _of_endpoint(config, connect_timeout)
    if config.isolation is Isolation.PROCESS and callable(getattr(given, "execute", given)):
        from .processes.executor import ProcessExecutor

        return ProcessExecutor(config, given, threads)
    if config.isolation is Isolation.RAY and callable(getattr(given, "execute", given)):
        from .replicas.executor import RayExecutor

        return RayExecutor(config, given, threads)
    if hasattr(given, "execute"):
        return ObjectExecutor(given, threads)
    if inspect.isasyncgenfunction(_inner(given)):
        return GeneratorExecutor(given, threads)
    if inspect.isgeneratorfunction(_inner(given)):
        return BlockingGeneratorExecutor(given, threads)
    if _is_async(given):
        return AsyncExecutor(given, threads)
    if callable(given):
        return BlockingExecutor(given, threads)
    raise ConfigurationError(
        f"the executor of model {config.id!r} should be callable or have `execute`, "
        f"is a {type(given).__name__}",
        key=f"models.{config.id}.executor",
        model_id=config.id,
    )


def _of_endpoint(config: ModelConfig, connect_timeout: Callable[[], float] | None) -> Any:
    from .endpoint import endpoint_executor

    if connect_timeout is not None and config.isolation is not Isolation.NONE:
        # No function goes there: the process has the limit of its start.
        connect_timeout = functools.partial(float, connect_timeout())
    executor = endpoint_executor(config, connect_timeout)
    executor.most_stream_bytes = config.stream.max_bytes
    return executor


def _inner(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and callable(function):
        return type(function).__call__
    return function


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(_inner(function))
