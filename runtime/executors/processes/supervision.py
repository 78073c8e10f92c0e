"""Worker processes as their supervisor sees them: one that dies is a crash, and comes back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, Protocol

from ....actors.engine.actor import Actor
from ....actors.policies.outcomes.errors import InvalidRequestError, ModelUnavailableError


class Kept(Protocol):
    """Worker processes of one model, wherever they run; `on_death` hears of each that has died."""

    on_death: Callable[[ModelUnavailableError], None]

    @property
    def lost(self) -> Sequence[object]:
        """The places whose process has died."""
        ...

    def refill(self) -> Coroutine[Any, Any, None]:
        """Start a process in each of them."""
        ...


class ProcessDied(NamedTuple):
    """A worker process has ended by itself: the pool has not killed it."""

    error: ModelUnavailableError


class ProcessDiedError(RuntimeError):
    """The keeper of worker processes crashes with this: it is its supervisor's turn."""


class WorkerSupervisor(Actor):
    """Crashes when a worker process dies, and starts a new one when it is started again.

    So its supervisor says when that is. A call that comes before does not wait for it: it starts
    a process of its own.
    """

    def __init__(self, workers: Kept) -> None:
        super().__init__()
        self._workers = workers
        ref = self.actor_ref
        workers.on_death = lambda error: ref.send(ProcessDied(error))

    def on_start(self) -> None:
        if self._workers.lost:
            self.spawn(self._workers.refill(), name="start of worker processes")

    def on_receive(self, message: Any) -> None:
        if not isinstance(message, ProcessDied):
            raise InvalidRequestError(
                f"a keeper of worker processes does not understand {type(message).__name__}"
            )
        raise ProcessDiedError(str(message.error)) from message.error
