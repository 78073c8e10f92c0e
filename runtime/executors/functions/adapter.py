"""What all executors of users are made into."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from ....actors.calls.closing import closing
from ....actors.executor import ExecutionContext
from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....actors.task import Task
from .blocking_chunks import BlockingChunks
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
        """An executor that does not stream answers in one chunk, or with an iterator over all."""
        answer = await self.answer(task, context)
        if not hasattr(answer, "__anext__") and not hasattr(answer, "__next__"):
            yield answer
            return
        chunks = self._each(answer, context)
        async with closing(chunks):
            async for chunk in chunks:
                yield chunk

    @property
    def owner(self) -> object:
        """The user's object."""
        return self._owner

    def answer(self, task: Task, context: ExecutionContext) -> Coroutine[Any, Any, Any]:
        """What the user's code answers, even if it is an iterator that `begin` would read."""
        return self.begin(task, context)

    def _each(self, chunks: Any, context: ExecutionContext) -> AsyncIterator[Any]:
        """An iterator over `chunks`, of whichever kind; raises `ModelUnavailableError` for none."""
        if hasattr(chunks, "__aiter__"):
            found: AsyncIterator[Any] = chunks
            return found
        if isinstance(chunks, str | bytes) or not hasattr(chunks, "__iter__"):
            raise ModelUnavailableError(
                f"`stream` of the executor of {context.model_id} should answer with an iterator "
                f"over chunks (of either kind) and answered with {type(chunks).__name__}",
                model_id=context.model_id,
            )
        return BlockingChunks(self._threads, context, iter(chunks))

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
    """The answer of a function that may block; all chunks where it answers with a generator."""
    answer = await answer_in_thread(threads, context, function, *args)
    if inspect.isasyncgen(answer):  # of a plain function around an async generator
        return joined([chunk async for chunk in answer])
    if inspect.isgenerator(answer):
        return joined(await _begun(threads, context, list, answer))
    return answer


async def answer_in_thread(
    threads: Threads, context: ExecutionContext | None, function: Callable[..., Any], *args: Any
) -> Any:
    """The answer of a function that may block, or of what it returns to be awaited for it."""
    answer = await _begun(threads, context, function, *args)
    return await answer if hasattr(answer, "__await__") else answer


def _begun(
    threads: Threads, context: ExecutionContext | None, function: Callable[..., Any], *args: Any
) -> ThreadCall:
    """A call in a thread, of which the attempt knows that it may outlive it."""
    work = threads.run(function, *args)
    if context is not None:
        context.lingering = work
    return work
