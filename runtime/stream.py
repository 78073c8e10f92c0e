"""What a reader holds in the hand: one answer, chunk by chunk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..actors.engine.future import WouldDeadlockError
from ..actors.policies.outcomes.attempt import AttemptRecord
from ..actors.policies.outcomes.errors import RuntimeClosedError
from ..actors.result import TaskResult
from ..actors.streams.execute import Streaming
from ..actors.task import Plan, Task, check_task, strategy_named
from ..config.settings.runtime import Strategy
from .portal.portal import Portal, arrived
from .portal.portal_future import PortalFuture

if TYPE_CHECKING:
    from ..actors.execution.environment import TaskEnvironment
    from ..actors.streams.channel import StreamChannel

T = TypeVar("T")


class Stream:
    """The chunks of one answer as they come. Nothing starts before the stream is entered or read.

    `async with` and `async for` work on any loop, `with` and `for` in any other thread. Reading
    raises the error of a failed task: `StreamInterruptedError` with the partial text once there was
    content. A reader that leaves the stream early, or drops it, cancels the call.
    """

    __slots__ = (
        *(
            "__weakref__",
            "_check_may_begin",
            "_fetched",
            "_order",
            "_environment",
            "_portal",
            "_streaming",
        ),
    )

    def __init__(
        self,
        task: Task,
        plan: Plan | None,
        strategy: Strategy | str | None,
        environment: TaskEnvironment,
        portal: Portal,
        check_may_begin: Callable[[], None],
    ) -> None:
        self._streaming: Streaming | None = None
        check_task(task)
        if strategy is not None:
            strategy = strategy_named(strategy)
        self._environment = environment
        self._portal = portal
        self._check_may_begin = check_may_begin
        self._order = (task, plan, strategy)
        self._fetched: deque[Any] | None = None
        """Chunks that were brought over to a reader outside of the engine's loop."""

    @property
    def result(self) -> TaskResult:
        """The result; its `value` is the whole text. Raises `RuntimeError` before the end."""
        found = None if self._streaming is None else self._streaming.channel.result
        if found is None:
            raise RuntimeError("the stream is not over yet; read it to its end, or leave it")
        return found

    @property
    def model_id(self) -> str | None:
        """The model whose chunks are read; None: none has had content so far."""
        return None if self._streaming is None else self._streaming.channel.model_id

    @property
    def first_chunk(self) -> float | None:
        """Seconds that this model has taken to its first content; None: there is none so far."""
        return None if self._streaming is None else self._streaming.channel.first_chunk

    @property
    def attempts(self) -> tuple[AttemptRecord, ...]:
        """The attempts that are over by now, and the models that were passed over."""
        return () if self._streaming is None else self._streaming.attempts

    # In asyncio programs.

    async def __aenter__(self) -> Self:
        if self._environment.engine.is_running_here():
            self._begun()
        else:
            await arrived(self._cross(self._begin()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        if asyncio.get_running_loop() is not self._environment.engine.loop:
            return await self._next_elsewhere()
        channel = self._begun()
        if not channel.chunks:
            await channel.arrival()
            if not channel.chunks:
                self._check_end(channel)
                raise StopAsyncIteration
        return channel.take()

    async def next_chunks(self) -> list[Any]:
        """All chunks that are there, once there is one; empty at the end. Raises as reading does.

        For programs that pass a stream on: what has come together can leave together.
        """
        if asyncio.get_running_loop() is not self._environment.engine.loop:
            try:
                first = await self._next_elsewhere()
            except StopAsyncIteration:
                return []
            return [first, *self._taken_elsewhere()]
        channel = self._begun()
        if not channel.chunks:
            await channel.arrival()
            if not channel.chunks:
                self._check_end(channel)
        return list(channel.take_all())

    def _taken_elsewhere(self) -> list[Any]:
        rest = self._rest()
        found = list(rest or ())
        if rest:
            rest.clear()
        return found

    async def aclose(self) -> None:
        """Leave the stream. The call is cancelled, and its clean-up is awaited."""
        if self._streaming is None or self._streaming.channel.result is not None:
            return
        if self._environment.engine.is_running_here():
            await self._streaming.leave()
        else:
            with suppress(RuntimeClosedError):  # the runtime ends, and the call with it
                await arrived(self._cross(self._streaming.leave()))

    async def _next_elsewhere(self) -> Any:
        if not self._fetched and not self._is_over():
            await arrived(self._cross(self._fetch()))
        if rest := self._rest():
            return rest.popleft()
        self._check_end(self._begun())
        raise StopAsyncIteration

    # In blocking programs.

    def __enter__(self) -> Self:
        self._check_may_block()
        self._wait_for(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if not self._fetched and not self._is_over():
            self._check_may_block()
            self._wait_for(self._fetch())
        if rest := self._rest():
            return rest.popleft()
        self._check_end(self._begun())
        raise StopIteration

    def close(self) -> None:
        """As `aclose`, from a thread that may wait."""
        if self._streaming is None or self._streaming.channel.result is not None:
            return
        self._check_may_block()
        with suppress(RuntimeClosedError):  # the runtime ends, and the call with it
            self._wait_for(self._streaming.leave())

    def __del__(self) -> None:
        streaming: Streaming | None = getattr(self, "_streaming", None)  # it may be half made
        if streaming is None or streaming.channel.result is not None:
            return
        with suppress(RuntimeError):  # the loop is closed, and all its calls with it
            self._environment.engine.loop.call_soon_threadsafe(streaming.cancel)

    # On the engine's loop.

    def _begun(self) -> StreamChannel:
        if self._streaming is None:
            self._check_may_begin()
            self._streaming = Streaming(*self._order, self._environment)
        return self._streaming.channel

    async def _begin(self) -> None:
        self._begun()

    async def _fetch(self) -> None:
        channel = self._begun()
        await channel.arrival()
        self._fetched = channel.take_all()

    # From elsewhere.

    def _is_over(self) -> bool:
        """Whether the writer is done: any thread may then take the chunks that remain."""
        return self._streaming is not None and self._streaming.channel.result is not None

    def _rest(self) -> deque[Any] | None:
        if not self._fetched and self._is_over() and self._streaming is not None:
            return self._streaming.channel.chunks
        return self._fetched

    def _cross(self, work: Coroutine[Any, Any, T]) -> PortalFuture[T]:
        try:
            self._environment.engine.check_not_standing()
        except WouldDeadlockError:
            work.close()
            raise
        return self._portal.send(work)

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        future = self._cross(work)
        try:
            future.result()
        except BaseException:  # an interrupted thread does not wait any more
            future.cancel()
            raise

    def _check_may_block(self) -> None:
        if self._environment.engine.is_here():
            raise WouldDeadlockError(
                "this would block the loop that brings the chunks; use `async with` and `async for`"
            )

    @staticmethod
    def _check_end(channel: StreamChannel) -> None:
        if channel.result is not None and channel.result.error is not None:
            raise channel.result.error
