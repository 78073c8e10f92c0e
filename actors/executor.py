"""What the actors expect of whatever calls a model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol

from .task import Task

Probe = Callable[[], Coroutine[Any, Any, Any]]
"""One health check; it passes unless it raises or answers False."""


class Lingering(Protocol):
    """Work in a thread, which may go on when nobody waits for it any more."""

    def done(self) -> bool:
        """Whether it has ended."""
        ...

    def add_done_callback(self, listener: Callable[[Any], object], /) -> None:
        """Call `listener` on the loop when it has ended, which it has not yet."""


class ExecutionContext:
    """What an executor may know about its attempt. `attempt` counts from 1 at this model."""

    __slots__ = ("_now", "_until", "attempt", "cancelled", "lingering", "model_id")

    def __init__(self, model_id: str, attempt: int, until: float, now: Callable[[], float]) -> None:
        self.model_id = model_id
        self.attempt = attempt
        self._until = until
        self._now = now
        self.cancelled = False
        """Set when nobody waits for the answer any more; a blocking executor should look at it."""
        self.lingering: Lingering | None = None
        """For the runtime: the thread's work that goes on after the attempt has ended."""

    @property
    def deadline(self) -> float:
        """Seconds left for this attempt."""
        return max(0.0, self._until - self._now())


class Executor(Protocol):
    """How a model is called, whatever the user gave: function, generator, class or adapter."""

    needs_context: bool
    """Whether `begin` wants an `ExecutionContext`; most do not, and then none is made."""

    def begin(self, task: Task, context: ExecutionContext | None) -> Coroutine[Any, Any, Any]:
        """The call, not yet started."""
        ...

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        """The answer in chunks, not yet started.

        It ends only when the answer has ended properly, and raises otherwise; what is content among
        the chunks says `policies.chunks`.
        """
        ...

    def continue_from(self, task: Task, partial: str) -> Task | None:
        """The task that asks for the rest of an answer of which `partial` is there; None: cannot.

        What it raises means the same as None.
        """

    @property
    def probe(self) -> Probe | None:
        """The executor's own health check, if it has one."""

    async def close(self) -> None:
        """Let go of threads and connections."""

    def disown(self) -> None:
        """What the user gave is used by another one now: `close` leaves it alone."""
