"""The door of the engine: all code outside of it uses this, references and the lifecycle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from .actor import Actor
    from .background_tasks import BackgroundTasks
    from .deferred import Deferred
    from .mailbox import Mailbox
    from .reference import ActorRef

A = TypeVar("A", bound="Actor")

Address: TypeAlias = "Mailbox"
"""Where the messages of one actor go: `ActorRef.address`. Only the engine looks inside."""


class EngineInterface(Protocol):
    """What actors, tasks and the runtime ask of the engine that runs them."""

    now: Callable[[], float]
    """Monotonic seconds, on the loop's clock."""
    instant: float
    """When the message under way was taken up: `now` for its handler."""
    tasks: BackgroundTasks
    """Coroutines that run beside the actors."""
    deferred: Deferred
    """What may wait until the messages at hand are handled."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which the actors live. Raises `RuntimeError` before there is one."""
        ...

    @property
    def is_handling(self) -> bool:
        """Whether a handler is calling."""
        ...

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        ...

    def start(self, actor_class: type[A], *args: Any, **kwargs: Any) -> ActorRef[A]:
        """Start an unsupervised actor."""
        ...

    def start_from(
        self,
        make: Callable[[], A],
        *,
        supervisor: ActorRef[Any] | None = None,
        limit: int | None = None,
        is_root: bool = False,
    ) -> ActorRef[A]:
        """Start the actor that `make` builds; `supervisor` hears of its crashes."""
        ...

    def spawn(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        """Run user code in a task beside the actors."""
        ...

    def ask_now(self, address: Address, message: Any, now: float, /) -> Any:
        """Ask a control message of a task: the answer if it is there, else its `LoopFuture`."""
        ...

    def tell_now(self, address: Address, message: Any, now: float, /) -> None:
        """Tell a control message of a task."""
        ...

    def interrupted_by(self, error: BaseException) -> None:
        """Remember a Ctrl-C that met a handler: it is raised after the pass."""
        ...

    def look_after(self) -> None:
        """Close if the host has closed the loop: nothing else answers then."""
        ...
