"""The run queue: the order in which all actors of one loop handle their messages.

Handlers run one at a time, never inside another handler. Control messages (settle, restart, timers)
go before user messages. A message from another thread wakes the loop, once a burst.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, TypeAlias

from ...config.values.log_fields import log_event
from ..policies.outcomes.errors import RuntimeClosedError
from .future import WouldDeadlockError

if TYPE_CHECKING:
    from .interface import Address
    from .signals import Envelope, Reply

log: logging.Logger = logging.getLogger(__name__)

PASS = 512
"""Messages handled before the loop's other work gets its turn."""

SLOW = 0.05
"""Seconds after which a handler is reported as slow."""

_ONE = (None,)

Lane: TypeAlias = "deque[tuple[Address, object, Reply]]"


class RunQueue:
    """Two lanes of messages, and the turn of the message that is handled; it owns the clock."""

    def __init__(self) -> None:
        self.now: Callable[[], float] = time.monotonic
        """Monotonic seconds, of the loop once attached."""
        self.instant: float = 0.0
        """When the message under way was taken up: `now` for its handler."""
        self.thread: int | None = None
        """The loop's thread, once attached."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._control: Lane = deque()
        self._user: Lane = deque()
        self._busy = False
        self._woken = False
        self._closed = False
        self._forked = False
        self._interrupt: BaseException | None = None

    def attach(self) -> None:
        """Live on the running loop, in this thread."""
        self._loop = asyncio.get_running_loop()
        self.thread = get_ident()
        self.now = _clock_of(self._loop)
        self.instant = self.now()
        self._drain()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which the actors live. Raises `RuntimeError` before `attach`."""
        if self._loop is None:
            raise RuntimeError("the engine is not attached to a loop yet")
        return self._loop

    @property
    def closed(self) -> bool:
        """Whether every message is refused from now on."""
        return self._closed

    def is_here(self) -> bool:
        """Whether this thread is the loop's."""
        return get_ident() == self.thread

    def is_running_here(self) -> bool:
        """Whether the loop runs in this thread, and no other does."""
        return self._loop is not None and _running_loop() is self._loop

    def check_not_standing(self) -> None:
        """Raises `WouldDeadlockError` where the loop stands: another one runs in its thread."""
        if self.is_here() and _running_loop() not in (None, self._loop):
            raise WouldDeadlockError(
                "this runtime lives on another event loop of this thread, which stands while this "
                "loop runs; enter it on the loop that uses it, or give it a thread: start()"
            )

    @property
    def is_handling(self) -> bool:
        """Whether the caller is a handler."""
        return self._busy and self.is_here()

    def requeue(self, mailbox: Address, stash: list[Envelope]) -> None:
        """Put the messages that a suspended actor has kept before all others, in their order."""
        self._control.extendleft((mailbox, message, reply) for message, reply in reversed(stash))
        if not self._busy:
            self._drain()

    def interrupted_by(self, error: BaseException) -> None:
        """Remember a Ctrl-C that met a handler: it is raised again after the pass."""
        if isinstance(error, KeyboardInterrupt):
            self._interrupt = error

    def leave_behind(self) -> None:
        """Refuse everything, in a forked process: the loop is the parent's."""
        self._forked = self._closed = True
        self.thread = None

    def check_loop(self) -> None:
        """Close if the host has closed the loop: nothing else would answer.

        Raises `RuntimeClosedError` in a forked process.
        """
        if self._forked:
            raise RuntimeClosedError("the actor was started in another process")
        if self._loop is not None and self._loop.is_closed():
            self.close()

    def close(self) -> None:
        """Stop what works, then refuse every message that waits or comes later."""
        if not self._closed:
            self._closed = True
            self._stop_work()
            self._refuse_all()

    def _refuse_all(self) -> None:
        for lane in (self._control, self._user):
            while lane:
                try:
                    mailbox, message, reply = lane.popleft()
                except IndexError:  # another thread took the last one
                    break
                mailbox.refuse(message, reply)

    def _stop_work(self) -> None:
        """Stop what ends with the queue, before its messages are refused."""

    def _queue(self, lane: Lane, mailbox: Address, message: object, reply: Reply) -> None:
        # No lock: a signal handler may wait here for what the loop brings. A message is in its lane
        # before the flags are read, and the loop takes back each flag before it empties the lanes.
        here = self._busy and self.is_here()
        try:
            if lane is self._user:
                mailbox.queued += _ONE  # in one step with the lane: no signal comes between
            lane.append((mailbox, message, reply))
            if self._closed:
                self._refuse_all()
            elif not here:
                if self._woken:
                    self.check_loop()
                else:
                    self._woken = True
                    self._wake()
        except KeyboardInterrupt:
            # It may have come between the flag and the wake-up: nothing else would wake the queue.
            if not here:
                self._wake()
            raise

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
                mailbox.queued.pop()
                self._turn(mailbox, message, reply)
            else:
                break
        else:
            self._woken = True
            self.loop.call_soon(self._drain)
        if self._interrupt is not None:
            interrupt, self._interrupt = self._interrupt, None
            raise interrupt

    def _turn(self, mailbox: Address, message: object, reply: Reply) -> None:
        started = self.now()
        try:
            self._busy = True
            self.instant = started
            mailbox.deliver(message, reply)
        finally:
            self._busy = False
        if self.now() - started > SLOW:
            self._report_slow(mailbox, message, started)

    def _report_slow(self, mailbox: Address, message: object, started: float) -> None:
        log.warning(
            "slow handler: %s took %.0f ms for %s; all actors waited",
            mailbox.ref,
            (self.now() - started) * 1000,
            type(message).__name__,
            extra=log_event("actor.slow", actor=str(mailbox.ref), message=type(message).__name__),
        )


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _clock_of(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """The loop's clock; the system's own where the loop only reads that."""
    plain = getattr(type(loop), "time", None) is asyncio.BaseEventLoop.time
    return time.monotonic if plain else loop.time
