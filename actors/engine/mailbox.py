"""An actor's address: it survives the actor behind it, and answers for it when it is dead."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

import pykka

from ...config.errors import ResilienceError
from .actor import births
from .death_watch import (
    report,
    report_crash,
    report_return,
    salvage_stash,
    tell_supervisor,
    tell_watchers,
)
from .future import Promise
from .lifecycle import Lifecycle
from .reference import ActorRef
from .signals import (
    NOTICES,
    STARTING,
    ActorCrashedError,
    Reply,
    RetryStart,
    Start,
    Stop,
    Stopped,
    UnreportedCrash,
)
from .stop_flag import StopFlag

if TYPE_CHECKING:
    from .actor import Actor
    from .engine import Engine

log = logging.getLogger(__name__)

_PAUSE = 0.1
"""Seconds before a root that did not come up tries again."""


def _nobody(_message: Any) -> Any:
    raise RuntimeError("there is no actor behind this mailbox yet")


class Mailbox:
    """One actor's place in the engine's run queue, and its life.

    `make` builds the actor, at each start. All but the first `build` and `refuse` runs on the
    engine's loop, one at a time.
    """

    __slots__ = (
        "actor",
        "dead_letter_handler",
        "engine",
        "free_restart_from",
        "handled",
        "is_permanent",
        "is_root",
        "life",
        "limit",
        "make",
        "posted",
        "receive",
        "ref",
        "stash",
        "stopped",
        "supervisor",
        "unreported",
        "urn",
        "watchers",
        "watching",
    )

    def __init__(
        self,
        engine: Engine,
        make: Callable[[], Actor],
        *,
        limit: int,
        supervisor: Mailbox | None,
        is_root: bool = False,
    ) -> None:
        self.engine = engine
        self.make = make
        self.limit = limit
        self.supervisor = supervisor
        self.is_root = is_root
        """Whether it is brought back at once after a crash, as nobody else could do it."""
        self.is_permanent = False
        """Whether being told to stop is no end: its supervisor brings it back."""
        self.free_restart_from = inf
        """Seconds: when a handler crashes from then on, the actor comes back once before its
        supervisor, which has allowed it, hears of that."""
        self.dead_letter_handler: Callable[[Any], bool] | None = None
        """Takes what still matters of the messages to a dead actor; True where it did."""
        self.unreported: UnreportedCrash | None = None
        """The crash of which the supervisor has not heard yet."""
        self.urn = uuid.uuid4().urn
        self.stopped = StopFlag()
        self.life = Lifecycle.NEW
        self.actor: Actor | None = None
        self.ref: ActorRef[Any] | None = None
        self.receive: Callable[[Any], Any] = _nobody
        """The actor's own `receive`, at hand for the engine."""
        self.posted = 0
        self.handled = 0
        self.stash: list[tuple[Any, Reply]] = []
        self.watchers: list[Mailbox] = []
        self.watching: list[Mailbox] = []

    # What pykka's `ActorRef` expects of an inbox.

    def put(self, envelope: Any) -> None:
        self.engine.post(self, envelope.message, envelope.reply_to)

    def get(self) -> Any:
        raise NotImplementedError("the engine takes messages from its own run queue")

    def empty(self) -> bool:
        return self.waiting <= 0

    @property
    def waiting(self) -> int:
        """User messages that wait, and all that are kept while the actor is suspended."""
        return self.posted - self.handled + len(self.stash)

    # Birth.

    def build(self) -> Actor:
        """Make the actor; runs its constructor, not yet `on_start`."""
        self.actor = None
        before, births.mailbox = births.mailbox, self
        try:
            actor = self.actor = self.make()
        finally:
            births.mailbox = before
        self.receive = actor.receive
        return actor

    def point_at(self, actor: Actor) -> None:
        """Turn the reference to `actor`, whose constructor may use it already."""
        if self.ref is None:
            self.ref = ActorRef(actor, self)
        else:
            self.ref.turn_to(actor)

    def wrap(self, wrap: Callable[[Actor], Actor]) -> None:
        """Let `wrap` change the actor, and each that follows it."""
        make = self.make
        self.make = lambda: wrap(make())
        if self.actor is not None:
            self.receive = wrap(self.actor).receive

    def begin(self) -> bool:
        """Run `on_start` and take up the messages that wait; False if it failed."""
        actor = self.actor
        assert actor is not None
        self.life = Lifecycle.ALIVE
        try:
            actor.on_start()
        except BaseException as error:  # a failing start is a crash, whatever it raised
            self._crash(error, "on_start")
            return False
        if self.stash:
            self._unstash()
        return True

    def restart(self) -> bool:
        """A new actor behind the same reference; False if it failed to start, which is reported."""
        if self.life is not Lifecycle.SUSPENDED:
            if self.life is not Lifecycle.ALIVE:
                return self.life is Lifecycle.NEW
            self.suspend()
        try:
            self.build()
        except BaseException as error:  # the constructor is the actor's own code
            self._crash(error, "__init__")
            return False
        return self.begin()

    def _unstash(self) -> None:
        stash, self.stash = self.stash, []
        if stash and self.life is Lifecycle.ALIVE:
            self.engine.requeue(self, stash)

    # Life.

    def failed(self, error: BaseException, message: Any, *, asked: bool) -> BaseException:
        """A handler failed: report the crash. What the asker is to be told.

        A `ResilienceError` is an answer, not a crash: the actor refuses and lives on.
        """
        if isinstance(error, ResilienceError):
            return error
        if not isinstance(error, Exception):
            self._crash(error, type(message).__name__, message)
            told = ActorCrashedError(f"{self.ref} failed with {error!r}")
            told.__cause__ = error
            return told
        if self.supervisor is not None or self.is_root or not asked:
            self._crash(error, type(message).__name__, message)
        return error

    def deliver(self, message: Any, reply: Reply) -> None:
        """Handle a message from the queue, or keep or refuse it."""
        if self.life is Lifecycle.DEAD:
            self.refuse(message, reply)
        elif isinstance(message, Stop):
            self._stop()
            self.refuse(message, reply)
        elif self.life is Lifecycle.ALIVE:
            self._handle(message, reply)
        elif isinstance(message, Start):
            self.begin()
        elif isinstance(message, RetryStart):
            self.restart()
        else:
            self.stash.append((message, reply))

    def _handle(self, message: Any, reply: Reply) -> None:
        try:
            answer = self.receive(message)
        except BaseException as error:
            told = self.failed(error, message, asked=reply is not None)
            if reply is not None:
                reply.refuse(told)
            else:
                self.undeliverable(message, told)
        else:
            if isinstance(answer, Promise):
                if reply is not None:
                    answer.forward_to(reply)
            elif reply is not None:
                reply.answer(answer)

    def undeliverable(self, message: Any, error: BaseException) -> None:
        """Nobody hears of it: log a refusal; a crash that nobody has reported yet is one now."""
        if isinstance(error, ResilienceError):
            log.warning("refused %s told to %s: %s", type(message).__name__, self.ref, error)
        elif self.life is Lifecycle.ALIVE and self.supervisor is None and not self.is_root:
            self._crash(error, type(message).__name__, message)

    def refuse(self, message: Any, reply: Reply) -> None:
        """Answer for a dead actor."""
        if isinstance(message, Stop):
            if reply is not None:
                reply.answer(True)
            return
        if reply is not None:
            reply.refuse(pykka.ActorDeadError(f"{self.ref} stopped before handling the message"))
        if (
            self.dead_letter_handler is not None
            and self.engine.is_here()
            and self.dead_letter_handler(message)
        ):
            return
        if type(message) not in NOTICES:
            self.engine.dead_letter(self, message, "the actor is dead")

    # Crash and death.

    def _crash(self, error: BaseException, during: str, message: Any = None) -> None:
        if not isinstance(error, Exception):
            self.engine.interrupted_by(error)
        if self.life is Lifecycle.DEAD:
            return
        self.life = Lifecycle.SUSPENDED
        if self.engine.instant >= self.free_restart_from and during not in STARTING:
            self.free_restart_from = inf
            report_return(self, error, during, message)
            self.restart()
            return
        report_crash(self, error, during, message)
        if self.supervisor is None:
            self._fend_for_itself(during)

    def _fend_for_itself(self, during: str) -> None:
        if not self.is_root:
            self._end()
        elif during in STARTING:
            self.engine.after(_PAUSE, self, RetryStart())
        else:
            self.restart()

    def suspend(self) -> None:
        """Let the actor go and keep its messages for its successor."""
        if self.life is not Lifecycle.ALIVE:
            return
        self.life = Lifecycle.SUSPENDED
        self._run_hook("before_restart")

    def _stop(self) -> None:
        if not self.is_permanent:
            self.kill()
        elif self.life is Lifecycle.ALIVE and self.ref is not None:
            self.suspend()
            tell_supervisor(self, Stopped(self.ref))

    def kill(self) -> None:
        """Run `on_stop`, then never answer again."""
        if self.life is Lifecycle.DEAD:
            return
        if self.actor is not None:
            self._run_hook("on_stop" if self.life is Lifecycle.ALIVE else "stopped_while_down")
            salvage_stash(self)
        self._end()

    def _run_hook(self, name: str) -> None:
        try:
            getattr(self.actor, name)()
        except BaseException as error:
            self.engine.interrupted_by(error)
            log.exception("%s of %s failed", name, self.ref)
            report(self, error, name)

    def _end(self) -> None:
        self.life = Lifecycle.DEAD
        self.actor = None
        self.receive = _nobody
        self.engine.deferred.finish()  # whoever waits for the end finds in the log what led to it
        self.stopped.set()
        assert self.ref is not None
        self.engine.registry.unregister(self.ref)
        stash, self.stash = self.stash, []
        for message, reply in stash:
            self.refuse(message, reply)
        tell_supervisor(self, Stopped(self.ref))
        tell_watchers(self)
