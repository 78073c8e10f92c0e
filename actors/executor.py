"""What actors expect of the code that calls a model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol

from .task import Task

Probe = Callable[[], Coroutine[Any, Any, Any]]
"""One health check; it passes unless it raises or answers False."""


class Lingering(Protocol):
    """Work in a thread that may go on when its task has left."""

    def done(self) -> bool:
        """Whether it has ended."""
        ...

    def add_done_callback(self, listener: Callable[[Any], object], /) -> None:
        """Call `listener` on the loop when it has ended, which it has not yet."""


class ExecutionContext:
    """One attempt, for its executor. `attempt` counts from 1 at this model."""

    __slots__ = ("_now", "_until", "attempt", "cancelled", "lingering", "model_id")

    def __init__(self, model_id: str, attempt: int, until: float, now: Callable[[], float]) -> None:
        self.model_id = model_id
        self.attempt = attempt
        self._until = until
        self._now = now
        self.cancelled = False
        """Set when the task has left; a blocking executor should look at it and end."""
        self.lingering: Lingering | None = None
        """For the runtime: work of the thread that goes on after the attempt."""

    @property
    def deadline(self) -> float:
        """Seconds that remain for this attempt."""
        return max(0.0, self._until - self._now())


class Executor(Protocol):
    """How a model is called: a function, a generator, a class or an adapter behind one protocol."""

    needs_context: bool
    """Whether `begin` wants an `ExecutionContext`; most do not, and then none is made."""

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        """The call, not yet started."""
        ...

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        """The answer in chunks, not yet started.

        It ends when the answer has ended properly, and raises otherwise. `policies.stream_content`
        decides which chunks are content.
        """
        ...

    def continue_from(self, task: Task, partial: str) -> Task | None:
        """The task that asks for the rest of an answer that begins with `partial`.

        None, or an error: this executor cannot ask for the rest.
        """

    @property
    def probe(self) -> Probe | None:
        """The executor's own health check, if it has one."""

    async def close(self) -> None:
        """Release threads and connections."""

    def disown(self) -> None:
        """Another executor uses the user's object now: `close` leaves it open."""
