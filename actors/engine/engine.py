"""The engine: all actors of a runtime on one asyncio loop, through one run queue.

An actor's handlers run one at a time and never inside another's. A message posted on the loop's
thread is handled before the call returns; one that a handler posts waits for the handler's end;
one from another thread wakes the loop, once a burst. Control messages (settle, restart, timers)
go before user messages and are never refused.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from ..policies.outcomes.errors import OverloadedError, RuntimeClosedError
from .background_tasks import BackgroundTasks
from .deferred import Deferred
from .future import LoopFuture
from .lifecycle import Lifecycle
from .mailbox import Mailbox
from .registry import Registry
from .signals import Reply, Start, Stop

if TYPE_CHECKING:
    from .actor import Actor
    from .reference import ActorRef

log = logging.getLogger(__name__)
A = TypeVar("A", bound="Actor")

PASS = 512
"""Messages handled before the loop's other work gets its turn."""

SLOW = 0.05
"""Seconds after which a handler is reported as slow."""


_ALIVE = Lifecycle.ALIVE


def _clock_of(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """The loop's clock, without the method around it where that only reads the system's."""
    plain = getattr(type(loop), "time", None) is asyncio.BaseEventLoop.time
    return time.monotonic if plain else loop.time


def _nothing(_actor: ActorRef[Any], _message: Any, _reason: str) -> None:
    return None


class Engine:
    """One run queue, one loop, one clock. `attach()` ties it to the running loop."""

    def __init__(
        self,
        *,
        mailbox_size: int = 2_000,
        on_dead_letter: Callable[[ActorRef[Any], Any, str], None] = _nothing,
    ) -> None:
        self.registry = Registry()
        self._on_dead_letter = on_dead_letter
        self.instant = 0.0
        """When the message under way was taken up: `now` for its handler."""
        self._mailbox_size = mailbox_size
        self._control: deque[tuple[Mailbox, Any, Reply]] = deque()
        self._user: deque[tuple[Mailbox, Any, Reply]] = deque()
        self.tasks = BackgroundTasks()
        self._lock = threading.Lock()
        self._busy = False
        self._woken = False
        self._closed = False
        self.thread: int | None = None
        """The loop's, once attached."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._interrupt: BaseException | None = None
        # Timers of the engine must not inherit what some caller has in its context.
        self._context = Context()
        self.deferred = Deferred(self._context)
        self.now: Callable[[], float] = time.monotonic
        """Monotonic seconds, of the loop once attached."""

    # Where and when.

    def attach(self) -> None:
        """Live on the running loop, in this thread."""
        self._loop = asyncio.get_running_loop()
        self.thread = get_ident()
        self.deferred.attach(self._loop)
        self.now = _clock_of(self._loop)
        self.instant = self.now()
        self._drain()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which the actors live."""
        if self._loop is None:
            raise RuntimeError("the engine is not attached to a loop yet")
        return self._loop

    @property
    def closed(self) -> bool:
        return self._closed

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        return get_ident() == self.thread

    @property
    def is_handling(self) -> bool:
        """Whether this is called from inside a handler."""
        return self._busy and self.is_here()

    def limit_mailboxes(self, size: int) -> None:
        """From now on, so many user messages may wait for one actor."""
        before, self._mailbox_size = self._mailbox_size, size
        for ref in self.registry.get_all():
            if ref.address.limit == before:  # another one was asked for by whoever started it
                ref.address.limit = size

    # Actors.

    def start(self, actor_class: type[A], *args: Any, **kwargs: Any) -> ActorRef[A]:
        """Start an unsupervised actor, as `pykka.Actor.start` does."""
        return self.start_from(lambda: actor_class(*args, **kwargs))

    def start_from(
        self,
        make: Callable[[], A],
        *,
        supervisor: ActorRef[Any] | None = None,
        limit: int | None = None,
        is_root: bool = False,
    ) -> ActorRef[A]:
        """Start the actor that `make` builds; with a `supervisor`, its crashes are told to it.

        A root has no supervisor and comes back at once when it crashes.
        """
        if self._closed:
            raise RuntimeClosedError("the engine is closed and starts no actor; make a new one")
        size = limit or self._mailbox_size
        above = None if supervisor is None else supervisor.address
        mailbox = Mailbox(self, make, limit=size, supervisor=above, is_root=is_root)
        mailbox.build()
        assert mailbox.ref is not None, "the actor's __init__ did not call super().__init__()"
        self.registry.register(mailbox.ref)
        if mailbox.life is Lifecycle.DEAD:  # it stopped itself while it was made
            self.registry.unregister(mailbox.ref)
        else:
            self.send(mailbox, Start())
        return mailbox.ref

    def stop_all(self) -> None:
        """Stop every actor, the youngest first; on the loop."""
        busy, self._busy = self._busy, True  # what an `on_stop` tells waits for its end
        try:
            for ref in reversed(self.registry.get_all()):
                ref.kill()
        finally:
            self._busy = busy

    # Messages.

    def post(self, mailbox: Mailbox, message: Any, reply: Reply = None) -> None:
        """A user's message: bounded by the mailbox's limit.

        Raises `OverloadedError` (or fails `reply` with it) when the mailbox is full.
        """
        if mailbox.waiting >= mailbox.limit and not isinstance(message, Stop):
            self._overloaded(mailbox, message, reply)
        elif self._busy or self._control or self._user or not self.is_here():
            self._queue(self._user, mailbox, message, reply)
        else:
            self._turn(mailbox, message, reply)
            self._drain_rest()

    def send(self, mailbox: Mailbox, message: Any, reply: Reply = None) -> None:
        """A control message: before all user messages, never refused."""
        if (
            self._busy
            or self._control
            or reply is not None
            or mailbox.life is not _ALIVE
            or get_ident() != self.thread
        ):
            self._send_later(mailbox, message, reply)
            return
        try:
            self.call(mailbox, message)
        except Exception as error:
            mailbox.undeliverable(message, error)

    def call(self, mailbox: Mailbox, message: Any) -> Any:
        """Ask a control message: the answer itself if it is there at once, else its `LoopFuture`.

        On the loop's own thread, with nothing else waiting, it costs a function call; a handler's
        failure is then raised here.
        """
        if self._busy or self._control or mailbox.life is not _ALIVE or get_ident() != self.thread:
            return self._ask_later(mailbox, message)
        self._busy = True
        self.instant = started = self.now()
        try:
            return mailbox.receive(message)
        except BaseException as error:
            raise mailbox.failed(error, message, asked=True) from error.__cause__
        finally:
            self._busy = False
            if self.now() - started > SLOW:
                self._report_slow(mailbox, message, started)
            if self._control or self._user or self._interrupt:
                self._drain_rest()

    def ask_now(self, mailbox: Mailbox, message: Any, now: float, /) -> Any:
        """As `call`, for the messages that each task sends: on the loop, where it is `now`.

        It saves the looks at the thread and at the clock: handlers of these are quick.
        """
        if self._busy or self._control or mailbox.life is not _ALIVE:
            return self._ask_later(mailbox, message)
        self._busy = True
        self.instant = now
        try:
            return mailbox.receive(message)
        except BaseException as error:
            raise mailbox.failed(error, message, asked=True) from error.__cause__
        finally:
            self._busy = False
            if self._control or self._user or self._interrupt:
                self._drain_rest()

    def tell_now(self, mailbox: Mailbox, message: Any, now: float, /) -> None:
        """As `send`, for the messages that each task sends, like `ask_now`."""
        if self._busy or self._control or mailbox.life is not _ALIVE:
            self._send_later(mailbox, message, None)
            return
        self._busy = True
        self.instant = now
        try:
            mailbox.receive(message)
        except BaseException as error:
            mailbox.undeliverable(message, mailbox.failed(error, message, asked=True))
        finally:
            self._busy = False
            if self._control or self._user or self._interrupt:
                self._drain_rest()

    def _send_later(self, mailbox: Mailbox, message: Any, reply: Reply) -> None:
        if self._busy or self._control or not self.is_here():
            self._queue(self._control, mailbox, message, reply)
        else:
            self._turn(mailbox, message, reply)
            self._drain_rest()

    def _ask_later(self, mailbox: Mailbox, message: Any) -> Any:
        reply: LoopFuture[Any] = LoopFuture(self)
        self._send_later(mailbox, message, reply)
        if self._control and not self._busy and self.is_here():
            self._drain()  # what another thread has queued: its turn would come now anyway
        return reply.get() if reply.settled else reply

    async def request(self, mailbox: Mailbox, message: Any) -> Any:
        """As `call`, awaiting an answer that comes later."""
        answer = self.call(mailbox, message)
        return await answer if isinstance(answer, LoopFuture) else answer

    def after(self, delay: float, mailbox: Mailbox, message: Any) -> asyncio.TimerHandle:
        """Send a control message in `delay` seconds; cancel the handle to take it back."""
        return self.loop.call_later(delay, self.send, mailbox, message, context=self._context)

    def requeue(self, mailbox: Mailbox, stash: list[tuple[Any, Reply]]) -> None:
        """Put what a suspended actor has kept before everything else, in its order."""
        self._control.extendleft((mailbox, message, reply) for message, reply in reversed(stash))
        if not self._busy:
            self._drain()

    def spawn(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        """Run user code in a task of the engine, on the loop; ended by `close` at the latest."""
        self.tasks.spawn(self.loop, work, name)

    # The run queue.

    def _queue(
        self,
        lane: deque[tuple[Mailbox, Any, Reply]],
        mailbox: Mailbox,
        message: Any,
        reply: Reply,
    ) -> None:
        here = self._busy and self.is_here()
        with self._lock:
            closed = self._closed
            if not closed:
                if lane is self._user:
                    mailbox.posted += 1
                lane.append((mailbox, message, reply))
                wake = not self._woken and not here
                if wake:
                    self._woken = True
        if closed:
            mailbox.refuse(message, reply)
        elif wake:
            self._wake()
        elif not here:
            self.look_after()

    def _wake(self) -> None:
        if self._loop is None:
            self._woken = False
        elif self.is_here():
            self._drain()
        else:
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # the host closed the loop under us
                self.close()

    def look_after(self) -> None:
        """Close if the host has closed the loop: then nobody else would answer."""
        if self._loop is not None and self._loop.is_closed():
            self.close()

    def _drain_rest(self) -> None:
        if self._interrupt or (not self._woken and (self._control or self._user)):
            self._drain()

    def _drain(self) -> None:
        self._woken = False
        if self._busy:
            return
        for _ in range(PASS):
            if self._control:
                self._turn(*self._control.popleft())
            elif self._user:
                mailbox, message, reply = self._user.popleft()
                mailbox.handled += 1
                self._turn(mailbox, message, reply)
            else:
                break
        else:
            self._woken = True
            self.loop.call_soon(self._drain)
        if self._interrupt is not None:
            interrupt, self._interrupt = self._interrupt, None
            raise interrupt

    def _turn(self, mailbox: Mailbox, message: Any, reply: Reply) -> None:
        self._busy = True
        self.instant = started = self.now()
        try:
            mailbox.deliver(message, reply)
        finally:
            self._busy = False
        if self.now() - started > SLOW:
            self._report_slow(mailbox, message, started)

    # What went wrong.

    def dead_letter(self, mailbox: Mailbox, message: Any, reason: str) -> None:
        """Report a message that nobody will handle; from any thread."""
        try:
            assert mailbox.ref is not None
            self._on_dead_letter(mailbox.ref, message, reason)
        except Exception:
            log.exception("the listener of dead letters failed")

    def _overloaded(self, mailbox: Mailbox, message: Any, reply: Reply) -> None:
        error = OverloadedError(
            f"{mailbox.ref} has {mailbox.limit} messages waiting and takes no more; send less"
        )
        self.dead_letter(mailbox, message, "the mailbox is full")
        if reply is None:
            raise error
        reply.refuse(error)

    def _report_slow(self, mailbox: Mailbox, message: Any, started: float) -> None:
        log.warning(
            "slow handler: %s took %.0f ms for %s; all actors waited",
            mailbox.ref,
            (self.now() - started) * 1000,
            type(message).__name__,
        )

    def interrupted_by(self, error: BaseException) -> None:
        """Ctrl-C met a handler: the actor has crashed; raise it again after the pass."""
        if isinstance(error, KeyboardInterrupt):
            self._interrupt = error

    # The end.

    def close(self) -> None:
        """Stop what still lives and answer everything that waits, now and later."""
        self.deferred.finish()
        with self._lock:
            closed, self._closed = self._closed, True
        if closed:
            return
        self.tasks.cancel()
        self.stop_all()
        for lane in (self._control, self._user):
            while lane:
                mailbox, message, reply = lane.popleft()
                mailbox.refuse(message, reply)
