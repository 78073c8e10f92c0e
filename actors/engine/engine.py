"""The engine: all actors of a runtime on one asyncio loop, and the doors for their messages.

A message that is sent on the loop's thread is handled before the call returns. A message that a
handler sends waits for the handler's end. A message from another thread wakes the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from threading import get_ident
from typing import Any, TypeVar

from ...config.values.log_fields import log_event
from ..policies.outcomes.errors import OverloadedError
from .actor import Actor
from .background_tasks import BackgroundTasks, Work
from .deferred import Deferred
from .future import LoopFuture, is_pending
from .interface import Address
from .lifecycle import Lifecycle
from .mailbox import Mailbox
from .reference import ActorRef, AnyRef
from .registry import Registry
from .run_queue import SLOW, RunQueue
from .signals import PykkaRef, Reply, Stop

log: logging.Logger = logging.getLogger(__name__)
A = TypeVar("A", bound=Actor)

OnDeadLetter = Callable[[PykkaRef, object, str], None]
"""Takes a message that no actor handles: the actor, the message and the reason."""

_ALIVE = Lifecycle.ALIVE


def _ignore(*_letter: object) -> None:
    return None


class Engine(RunQueue):
    """One run queue, one loop, one clock. `attach()` ties it to the running loop.

    It is a run queue and does not have one: each message reads five fields of the queue, and
    another step to each of them would show in what a message costs.
    """

    def __init__(
        self, *, mailbox_size: int = 2_000, on_dead_letter: OnDeadLetter = _ignore
    ) -> None:
        super().__init__()
        self.mailbox_size: int = mailbox_size
        self.registry: Registry[AnyRef] = Registry()
        self.tasks: BackgroundTasks = BackgroundTasks()
        # Timers of the engine inherit nothing of a caller's context.
        self._context = Context()
        self.deferred: Deferred = Deferred(self._context)
        self._on_dead_letter = on_dead_letter

    def attach(self) -> None:
        """Live on the running loop, in this thread."""
        self.deferred.attach(asyncio.get_running_loop())
        super().attach()

    def limit_mailboxes(self, size: int) -> None:
        """Let `size` user messages wait for each actor, from now on."""
        before, self.mailbox_size = self.mailbox_size, size
        for ref in self.registry.get_all():
            if ref.address.limit == before:  # not where its starter asked for another limit
                ref.address.limit = size

    # Actors.

    def start(self, actor_class: type[A], *args: object, **kwargs: object) -> ActorRef[A]:
        """Start an unsupervised actor, as `pykka.Actor.start` does."""
        return self.start_from(lambda: actor_class(*args, **kwargs))

    def start_from(
        self,
        make: Callable[[], A],
        *,
        supervisor: AnyRef | None = None,
        limit: int | None = None,
        is_root: bool = False,
    ) -> ActorRef[A]:
        """Start the actor that `make` builds; `supervisor` hears of its crashes.

        A root has no supervisor and comes back at once after a crash. `limit` is how many user
        messages may wait for the actor; None: as many as for any other.
        """
        above = None if supervisor is None else supervisor.address
        return Mailbox(self, make, limit=limit, supervisor=above, is_root=is_root).start()

    def stop_all(self) -> None:
        """Stop every actor, the youngest first; on the loop."""
        busy, self._busy = self._busy, True  # what an `on_stop` sends waits for its end
        try:
            for ref in reversed(self.registry.get_all()):
                ref.kill()
        finally:
            self._busy = busy

    def spawn(self, work: Work[object], *, name: str, context: Context | None = None) -> None:
        """Run user code in a task of the engine, on the loop; `close` cancels it."""
        self.tasks.spawn(self.loop, work, name, context)

    # Messages. `post`, `send` and the queue share one body, `_turn`. `call`, `ask_now` and
    # `tell_now` have a body each, since sharing costs more: see the figures in docs/decisions.md.

    def post(self, mailbox: Address, message: object, reply: Reply = None) -> None:
        """Send a user message, of which the mailbox's limit bounds the number.

        Raises `OverloadedError` (or fails `reply` with it) when the mailbox is full.
        """
        if mailbox.waiting >= mailbox.limit and not isinstance(message, Stop):
            self._overloaded(mailbox, message, reply)
        elif self._busy or self._control or self._user or not self.is_here():
            self._queue(self._user, mailbox, message, reply)
        else:
            self._turn(mailbox, message, reply)
            self._drain_rest()

    def send(self, mailbox: Address, message: object, reply: Reply = None) -> None:
        """Send a control message: it goes before all user messages and is never refused."""
        if self._busy or self._control or get_ident() != self.thread:
            self._queue(self._control, mailbox, message, reply)
            return
        self._turn(mailbox, message, reply)
        if self._control or self._user or self._interrupt:
            self._drain_rest()

    def call(self, mailbox: Address, message: object) -> Any:
        """Ask a control message: the answer itself if it is there at once, else its `LoopFuture`.

        It costs a function call on the loop's own thread while no other message waits. A failure
        of the handler is then raised here.
        """
        if self._busy or self._control or mailbox.life is not _ALIVE or get_ident() != self.thread:
            return self._ask_later(mailbox, message)
        started = self.now()
        try:
            self._busy = True
            self.instant: float = started
            return mailbox.receive(message)
        except BaseException as error:
            raise mailbox.failed(error, message, asked=True) from error.__cause__
        finally:
            self._busy = False
            if self.now() - started > SLOW:
                self._report_slow(mailbox, message, started)
            if self._control or self._user or self._interrupt:
                self._drain_rest()

    def ask_now(self, mailbox: Address, message: object, now: float) -> Any:
        """As `call`, for the messages of every task: on the loop, at the time `now`.

        It saves the looks at the thread and at the clock: the handlers of these are quick.
        """
        if self._busy or self._control or mailbox.life is not _ALIVE:
            return self._ask_later(mailbox, message)
        try:
            self._busy = True
            self.instant = now
            return mailbox.receive(message)
        except BaseException as error:
            raise mailbox.failed(error, message, asked=True) from error.__cause__
        finally:
            self._busy = False
            if self._control or self._user or self._interrupt:
                self._drain_rest()

    def tell_now(self, mailbox: Address, message: object, now: float) -> None:
        """As `send`, for the messages of every task, like `ask_now`."""
        if self._busy or self._control or mailbox.life is not _ALIVE:
            self.send(mailbox, message)
            return
        try:
            self._busy = True
            self.instant = now
            mailbox.receive(message)
        except BaseException as error:
            mailbox.undeliverable(message, mailbox.failed(error, message, asked=True))
        finally:
            self._busy = False
            if self._control or self._user or self._interrupt:
                self._drain_rest()

    def _ask_later(self, mailbox: Address, message: object) -> Any:
        reply: LoopFuture[Any] = LoopFuture(self)
        self.send(mailbox, message, reply)
        if self._control and not self._busy and self.is_here():
            self._drain()  # what another thread has queued: its turn would come now anyway
        return reply.get() if reply.settled else reply

    async def request(self, mailbox: Address, message: object) -> Any:
        """As `call`, but awaits an answer that comes later."""
        answer = self.call(mailbox, message)
        return await answer if is_pending(answer) else answer

    def after(self, delay: float, mailbox: Address, message: object) -> asyncio.TimerHandle:
        """Send a control message in `delay` seconds; `cancel` of the handle takes it back."""
        return self.loop.call_later(delay, self.send, mailbox, message, context=self._context)

    # What went wrong.

    def dead_letter(self, mailbox: Address, message: object, reason: str) -> None:
        """Report a message that no actor handles; from any thread."""
        try:
            self._on_dead_letter(mailbox.ref, message, reason)
        except Exception:
            log.exception(
                "the listener of dead letters failed",
                extra=log_event("listener.failed", of="dead letters"),
            )

    def _overloaded(self, mailbox: Address, message: object, reply: Reply) -> None:
        error = OverloadedError(
            f"{mailbox.ref} has {mailbox.limit} messages waiting and takes no more; send less"
        )
        self.dead_letter(mailbox, message, "the mailbox is full")
        if reply is None:
            raise error
        reply.refuse(error)

    def close(self) -> None:
        """Stop every actor, and refuse every message that waits or comes later."""
        self.deferred.finish()
        super().close()

    def _stop_work(self) -> None:
        self.tasks.cancel()
        self.stop_all()
