"""What all executors of users are made into."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from ...actors.executor import ExecutionContext
from ...actors.task import Task
from .continuation import continuation
from .thread_call import ThreadCall
from .threads import Threads

Probe = Callable[[], Coroutine[Any, Any, Any]]


class Adapter:
    """What all adapters share; `owner` is the user's object, for its own health check and close."""

    needs_context = False
    begin: Callable[[Task, ExecutionContext | None], Coroutine[Any, Any, Any]]

    def __init__(self, owner: Any, threads: Threads) -> None:
        self._owner = owner
        self._owns = True
        self._threads = threads
        self._check = getattr(owner, "check_health", None)

    async def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        """Who does not stream answers in one chunk."""
        yield await self.begin(task, context)

    def continue_from(self, task: Task, partial: str) -> Task | None:
        own = getattr(self._owner, "continue_from", None)
        found: Task | None = continuation(task, partial) if own is None else own(task, partial)
        return found

    @property
    def probe(self) -> Probe | None:
        return None if self._check is None else self._probe

    async def _probe(self) -> Any:
        assert self._check is not None
        if inspect.iscoroutinefunction(self._check):
            return await self._check()
        return await self._threads.run(self._check)

    def disown(self) -> None:
        self._owns = False

    async def close(self) -> None:
        close = getattr(self._owner, "close", None) if self._owns else None
        if inspect.iscoroutinefunction(close):
            await close()
        elif callable(close):
            await self._threads.run(close)
        self._threads.close()


def joined(chunks: list[Any]) -> Any:
    """The chunks of a stream as one answer."""
    if all(isinstance(chunk, str) for chunk in chunks):
        return "".join(chunks)
    return chunks


async def in_thread(
    threads: Threads, context: ExecutionContext | None, function: Callable[..., Any], *args: Any
) -> Any:
    """The answer of a function that may block, or of what it returns instead of one."""
    answer = await _begun(threads, context, function, *args)
    if hasattr(answer, "__await__"):
        return await answer
    if inspect.isasyncgen(answer):  # of a plain function around an async generator
        return joined([chunk async for chunk in answer])
    if inspect.isgenerator(answer):
        return joined(await _begun(threads, context, list, answer))
    return answer


def _begun(
    threads: Threads, context: ExecutionContext | None, function: Callable[..., Any], *args: Any
) -> ThreadCall:
    """A call in a thread, of which the attempt knows that it may outlive it."""
    work = threads.run(function, *args)
    if context is not None:
        context.lingering = work
    return work
