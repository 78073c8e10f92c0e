"""What the actors expect of an executor: the part that calls a model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol

from .task import Task

Probe = Callable[[], Coroutine[object, object, object]]
"""One health check; it passes unless it raises or answers False."""


class Lingering(Protocol):
    """Work in a thread, which may go on after its caller has gone."""

    def done(self) -> bool:
        """Whether it has ended."""
        ...

    def add_done_callback(self, listener: Callable[[object], object], /) -> None:
        """Call `listener` on the loop when it ends; it has not ended yet."""


class ExecutionContext:
    """What an executor may know about its attempt. `attempt` counts from 1 at this model."""

    __slots__ = ("_now", "_until", "attempt", "cancelled", "lingering", "model_id")

    def __init__(self, model_id: str, attempt: int, until: float, now: Callable[[], float]) -> None:
        self.model_id = model_id
        self.attempt = attempt
        self._until = until
        self._now = now
        self.cancelled = False
        """Set when no caller waits for the answer; a blocking executor should look at it."""
        self.lingering: Lingering | None = None
        """For the runtime: the work of a thread that outlives the attempt."""

    @property
    def deadline(self) -> float:
        """The remaining seconds of this attempt."""
        return max(0.0, self._until - self._now())


class Executor(Protocol):
    """How a model is called: the user gives a function, a generator, a class or an adapter."""

    needs_context: bool
    """Whether `begin` wants an `ExecutionContext`; for most executors none is made."""

    def begin(
        self, task: Task, context: ExecutionContext | None
    ) -> Coroutine[object, object, object]:
        """The call, not yet started."""
        ...

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[object]:
        """The answer in chunks, not yet started.

        The iterator ends only where the answer is complete, and raises otherwise. The policy
        `stream_content` says which chunks are content.
        """
        ...

    def continue_from(self, task: Task, partial: str) -> Task | None:
        """The task that asks for the rest of an answer that begins with `partial`; None: cannot.

        An error means the same as None.
        """

    @property
    def probe(self) -> Probe | None:
        """The health check of the executor; None: it has none."""

    async def close(self) -> None:
        """Release threads and connections."""

    def disown(self) -> None:
        """Another executor uses the user's object from now on: `close` leaves it alone."""


class ExecutorWrapper:
    """Stands in the place of an executor, of which it has all but the calls themselves."""

    needs_context = True

    def __init__(self, executor: Executor) -> None:
        self._inner = executor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def continue_from(self, task: Task, partial: str) -> Task | None:
        """As the executor's."""
        return self._inner.continue_from(task, partial)

    @property
    def probe(self) -> Probe | None:
        """As the executor's."""
        return self._inner.probe

    async def close(self) -> None:
        """As the executor's."""
        await self._inner.close()

    def disown(self) -> None:
        """As the executor's."""
        self._inner.disown()
