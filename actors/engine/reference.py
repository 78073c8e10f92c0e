"""A reference to an actor of the engine; it stays the same across restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pykka

from .future import LoopFuture
from .signals import Stop

if TYPE_CHECKING:
    from .actor import Actor
    from .mailbox import Mailbox

A = TypeVar("A", bound="Actor")


class ActorRef(pykka.ActorRef[A]):
    """`pykka.ActorRef`, whose `tell` and `ask` go straight to the engine.

    `ask(block=True)` works from any thread but the loop's own, where it raises unless the answer is
    there at once; `await ref.ask(message, block=False)` works everywhere.
    """

    mailbox: Mailbox

    def __init__(self, actor: A, mailbox: Mailbox) -> None:
        super().__init__(actor)
        self.mailbox = mailbox

    def call(self, message: Any) -> Any:
        """Ask a control message: the answer if it is there at once, else its `LoopFuture`."""
        return self.mailbox.engine.call(self.mailbox, message)

    def send(self, message: Any) -> None:
        """Tell a control message; like `call` for the runtime's own use."""
        self.mailbox.engine.send(self.mailbox, message)

    def turn_to(self, actor: A) -> None:
        """Lead to the successor of the actor from now on."""
        pykka.ActorRef.__init__(self, actor)

    def tell(self, message: Any) -> None:
        if self.mailbox.stopped.is_set():
            raise pykka.ActorDeadError(f"{self} not found")
        self.mailbox.engine.post(self.mailbox, message)

    def ask(self, message: Any, *, block: bool = True, timeout: float | None = None) -> Any:
        engine = self.mailbox.engine
        future: LoopFuture[Any] = LoopFuture(engine)
        if self.mailbox.stopped.is_set():
            future.fail(pykka.ActorDeadError(f"{self} not found"))
        else:
            engine.post(self.mailbox, message, future)
        return future.get(timeout=timeout) if block else future

    def stop(self, *, block: bool = True, timeout: float | None = None) -> Any:
        future: LoopFuture[bool] = LoopFuture(self.mailbox.engine)
        if self.mailbox.stopped.is_set():
            future.set(False)
        else:
            self.mailbox.engine.post(self.mailbox, Stop(), future)
        return future.get(timeout=timeout) if block else future

    async def request(self, message: Any) -> Any:
        """Ask a control message and await the answer; for the runtime's own use."""
        return await self.mailbox.engine.request(self.mailbox, message)
