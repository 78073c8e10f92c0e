"""The engine as other code sees it: `EngineInterface` outside of this folder, and `Core` inside.

`engine.py` and `mailbox.py` are the engine's own. A part of an actor takes the actor's reference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .background_tasks import BackgroundTasks, Work
    from .deferred import Deferred
    from .lifecycle import Lifecycle
    from .registry import Registry
    from .signals import Envelope, PykkaRef, Reply


class Receive(Protocol):
    """An actor's own `receive`: the answer to a message."""

    def __call__(self, message: Any, /) -> Any: ...


class Address(Protocol):
    """Where the messages of one actor go: `ActorRef.address`. Only the run queue looks inside."""

    life: Lifecycle
    limit: int
    queued: list[None]

    @property
    def receive(self) -> Receive: ...

    @property
    def ref(self) -> PykkaRef: ...

    @property
    def waiting(self) -> int: ...

    def deliver(self, message: object, reply: Reply) -> None: ...

    def refuse(self, message: object, reply: Reply) -> None: ...

    def failed(self, error: BaseException, message: object, *, asked: bool) -> BaseException: ...

    def undeliverable(self, message: object, error: BaseException) -> None: ...


class EngineInterface(Protocol):
    """What actors, tasks and the runtime use. Time is in monotonic seconds, on the loop's clock."""

    instant: float
    """When the message under way was taken up: `now` for its handler."""
    tasks: BackgroundTasks
    """Coroutines that run beside the actors."""
    deferred: Deferred
    """Work that may wait until the messages at hand are handled."""

    @property
    def now(self) -> Callable[[], float]:
        """The clock. It may be kept once the engine is attached to its loop."""
        ...

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which the actors live. Raises `RuntimeError` before there is one."""
        ...

    @property
    def is_handling(self) -> bool:
        """Whether the caller is a handler."""
        ...

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        ...

    def is_running_here(self) -> bool:
        """Whether the loop runs in this thread, and no other does."""
        ...

    def check_not_standing(self) -> None:
        """Raises `WouldDeadlockError` where the loop stands: another one runs in its thread."""
        ...

    def check_loop(self) -> None:
        """Close the engine if the host has closed its loop: nothing else answers then."""
        ...

    def spawn(self, work: Work[object], *, name: str, context: Context | None = None) -> None:
        """Run user code in a task beside the actors, in an empty context or in this one."""
        ...

    def ask_now(self, address: Address, message: object, now: float, /) -> Any:
        """The answer to a control message if it is there at once, else its `LoopFuture`."""
        ...

    def tell_now(self, address: Address, message: object, now: float, /) -> None:
        """Send a control message."""
        ...

    def interrupted_by(self, error: BaseException) -> None:
        """Remember a Ctrl-C that met a handler: the engine raises it again after the pass."""
        ...


class Core(EngineInterface, Protocol):
    """What mailboxes and references use beside that."""

    registry: Registry[Any]
    mailbox_size: int

    @property
    def closed(self) -> bool: ...

    def post(self, address: Address, message: object, reply: Reply = None, /) -> None: ...

    def send(self, address: Address, message: object, reply: Reply = None, /) -> None: ...

    def call(self, address: Address, message: object, /) -> Any: ...

    async def request(self, address: Address, message: object, /) -> Any: ...

    def after(self, delay: float, address: Address, message: object, /) -> asyncio.TimerHandle: ...

    def requeue(self, address: Address, stash: list[Envelope], /) -> None: ...

    def dead_letter(self, address: Address, message: object, reason: str, /) -> None: ...
