"""A reference to an actor of the engine. It stays the same across restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pykka

from .future import LoopFuture
from .lifecycle import Lifecycle
from .signals import ActorQuarantinedError, Reply, Stop

if TYPE_CHECKING:
    from .actor import Actor
    from .interface import EngineInterface
    from .mailbox import Mailbox

A = TypeVar("A", bound="Actor")


class ActorRef(pykka.ActorRef[A]):
    """`pykka.ActorRef`, whose `tell` and `ask` go straight to the engine.

    `ask(block=True)` works from any thread but the loop's own, where it raises unless the answer is
    there at once; `await ref.ask(message, block=False)` works everywhere.
    """

    address: Mailbox
    """For `engine.ask_now` and `engine.tell_now`; only the engine looks inside."""

    def __init__(self, actor: A, address: Mailbox) -> None:
        self.turn_to(actor)
        self.address = address

    def turn_to(self, actor: A) -> None:
        """Lead to the successor of the actor from now on."""
        super().__init__(actor)

    # As pykka's.

    def tell(self, message: object) -> None:
        if self.address.stopped.is_set():
            raise pykka.ActorDeadError(f"{self} not found")
        self.address.engine.post(self.address, message)

    def ask(self, message: object, *, block: bool = True, timeout: float | None = None) -> Any:
        future: LoopFuture[Any] = LoopFuture(self.address.engine)
        if self.address.stopped.is_set():
            future.fail(pykka.ActorDeadError(f"{self} not found"))
        elif self.address.quarantine is not None:
            future.fail(ActorQuarantinedError(f"{self} {self.address.quarantine}"))
        else:
            self.address.engine.post(self.address, message, future)
        return future.get(timeout=timeout) if block else future

    def stop(self, *, block: bool = True, timeout: float | None = None) -> Any:
        future: LoopFuture[bool] = LoopFuture(self.address.engine)
        if self.address.stopped.is_set():
            future.set(False)
        else:
            self.address.engine.post(self.address, Stop(), future)
        return future.get(timeout=timeout) if block else future

    # Control messages, for the runtime's own use: they go first and are never refused.

    @property
    def engine(self) -> EngineInterface:
        """The engine on which the actor lives."""
        return self.address.engine

    def call(self, message: object) -> Any:
        """Ask a control message: the answer if it is there at once, else its `LoopFuture`."""
        return self.address.engine.call(self.address, message)

    async def request(self, message: object) -> Any:
        """Ask a control message and await the answer."""
        return await self.address.engine.request(self.address, message)

    def send(self, message: object, reply: Reply = None) -> None:
        """Tell a control message; the answer, if any, settles `reply`."""
        self.address.engine.send(self.address, message, reply)

    def after(self, delay: float, message: object) -> asyncio.TimerHandle:
        """Send a control message in `delay` seconds; `cancel` of the handle takes it back."""
        return self.address.engine.after(delay, self.address, message)

    # Its life, for supervisors; on the loop. `is_alive` is pykka's: true until it is dead.

    def is_running(self) -> bool:
        """Whether it handles messages now: it is not new, suspended or dead."""
        return self.address.life is Lifecycle.ALIVE

    def is_suspended(self) -> bool:
        """Whether it has crashed or was suspended, and keeps its messages for a successor."""
        return self.address.life is Lifecycle.SUSPENDED

    def is_dead(self) -> bool:
        """Whether it never handles a message again."""
        return self.address.life is Lifecycle.DEAD

    def suspend(self) -> None:
        """Let the actor go and keep its messages for its successor."""
        self.address.suspend()

    def restart(self) -> bool:
        """Put a new actor in its place; False if that failed to start."""
        return self.address.restart()

    def kill(self) -> None:
        """Stop at once, without the messages that wait; they are answered with an error."""
        self.address.kill()

    def allow_restart_from(self, point: float) -> None:
        """Let it restart once without its supervisor, from `point` on (seconds; inf: never)."""
        self.address.free_restart_from = point

    def set_quarantined(self, told: str) -> None:
        """Let asks fail at once until it runs again; what waits already goes on to wait."""
        self.address.quarantine = told

    def set_permanent(self, permanent: bool) -> None:
        """Say whether a stop only suspends it, because its supervisor brings it back."""
        self.address.is_permanent = permanent

    def wrap(self, wrap: Callable[[Actor], Actor]) -> None:
        """Let `wrap` change the actor, and each that follows it; for tests."""
        mailbox = self.address
        make = mailbox.make
        mailbox.make = lambda: wrap(make())
        if mailbox.actor is not None:
            mailbox.receive = wrap(mailbox.actor).receive


AnyRef: TypeAlias = ActorRef[Any]
"""A reference to an actor of any class."""
