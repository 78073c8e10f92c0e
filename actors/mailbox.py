"""An actor's address: it survives the actor behind it, and answers for it when it is dead."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any

import pykka

from ..config.errors import ResilienceError
from .future import Later
from .reference import LoopRef
from .signals import ActorCrashedError, Crashed, Reply, Start, Stop, Terminated

if TYPE_CHECKING:
    from .actor import LoopActor
    from .engine import Engine

log = logging.getLogger(__name__)


class Life(Enum):
    """Where an actor is in its life; a suspended one keeps its messages until it is back."""

    ALIVE = "alive"
    SUSPENDED = "suspended"
    DEAD = "dead"


class Births(threading.local):
    """The mailbox for which this thread makes an actor just now."""

    mailbox: Mailbox | None = None


births = Births()


def _nobody(_message: Any) -> Any:
    raise RuntimeError("there is no actor behind this mailbox yet")


class Mailbox:
    """One actor's place in the engine's run queue, and its life.

    `make` builds the actor, at the start and again at each restart. All but the first `build` and
    `refuse` runs on the engine's loop, one at a time.
    """

    __slots__ = (
        "actor",
        "engine",
        "handled",
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
        "urn",
        "watchers",
    )

    def __init__(
        self,
        engine: Engine,
        make: Callable[[], LoopActor],
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
        self.urn = uuid.uuid4().urn
        self.stopped = threading.Event()
        self.life = Life.SUSPENDED
        self.actor: LoopActor | None = None
        self.ref: LoopRef[Any] | None = None
        self.receive: Callable[[Any], Any] = _nobody
        """The actor's own `receive`, at hand for the engine."""
        self.posted = 0
        self.handled = 0
        self.stash: list[tuple[Any, Reply]] = []
        self.watchers: list[Mailbox] = []

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

    def build(self) -> LoopActor:
        """Make the actor; runs its constructor, not yet `on_start`."""
        self.actor = None
        before, births.mailbox = births.mailbox, self
        try:
            self.actor = self.make()
        finally:
            births.mailbox = before
        self.receive = self.actor.receive
        return self.actor

    def point_at(self, actor: LoopActor) -> None:
        """Turn the reference to `actor`, whose constructor may use it already."""
        if self.ref is None:
            self.ref = LoopRef(actor, self)
        else:
            self.ref.__init__(actor, self)  # type: ignore[misc]  # the one reference turns to the new actor

    def come_alive(self) -> bool:
        """Run `on_start` and take up the messages that wait; False if it failed."""
        actor = self.actor
        assert actor is not None
        self.life = Life.ALIVE
        try:
            actor.on_start()
        except BaseException as error:  # a failing start is a crash, whatever it raised
            self._crash(error, "on_start")
            return False
        self._unstash()
        return True

    def restart(self) -> bool:
        """A new actor behind the same reference; False if it failed to start, which is reported."""
        if self.life is Life.DEAD:
            return False
        try:
            self.build()
        except BaseException as error:  # the constructor is the actor's own code
            self._crash(error, "__init__")
            return False
        return self.come_alive()

    def _unstash(self) -> None:
        stash, self.stash = self.stash, []
        if stash and self.life is Life.ALIVE:
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
        if self.supervisor is not None or not asked:
            self._crash(error, type(message).__name__, message)
        return error

    def deliver(self, message: Any, reply: Reply) -> None:
        """Handle a message from the queue, or keep or refuse it."""
        if self.life is Life.DEAD:
            self.refuse(message, reply)
        elif isinstance(message, Stop):
            self.die()
            self.refuse(message, reply)
        elif self.life is Life.ALIVE:
            self._handle(message, reply)
        elif isinstance(message, Start):
            self.come_alive()
        else:
            self.stash.append((message, reply))

    def _handle(self, message: Any, reply: Reply) -> None:
        try:
            answer = self.receive(message)
        except BaseException as error:
            told = self.failed(error, message, asked=reply is not None)
            self._answer_error(told, message, reply)
        else:
            if isinstance(answer, Later):
                if reply is not None:
                    answer.forward_to(reply)
            elif reply is not None:
                reply.set(answer)

    def _answer_error(self, error: BaseException, message: Any, reply: Reply) -> None:
        if reply is not None:
            reply.fail(error)
        else:
            self.told_in_vain(message, error)

    def told_in_vain(self, message: Any, error: BaseException) -> None:
        """Nobody hears of a refusal of what was only told, so it is logged; crashes are already."""
        if isinstance(error, ResilienceError):
            log.warning("refused %s told to %s: %s", type(message).__name__, self.ref, error)

    def refuse(self, message: Any, reply: Reply) -> None:
        """Answer for a dead actor."""
        if isinstance(message, Stop):
            if reply is not None:
                reply.set(True)
            return
        if reply is not None:
            reply.fail(pykka.ActorDeadError(f"{self.ref} stopped before handling the message"))
        self.engine.dead_letter(self, message, "the actor is dead")

    # Crash and death.

    def _crash(self, error: BaseException, during: str, message: Any = None) -> None:
        self.engine.interrupted_by(error)
        if self.life is Life.DEAD:
            return
        self.life = Life.SUSPENDED
        log.error(
            "actor %s crashed in %s",
            self.ref,
            during,
            exc_info=(type(error), error, error.__traceback__),
        )
        self._tell_actor_of(error, message)
        self._report(error, during)
        if self.supervisor is None and not (self.is_root and self.restart()):
            self._end()

    def _report(self, error: BaseException, during: str) -> None:
        if self.supervisor is not None and self.ref is not None:
            self.engine.send(self.supervisor, Crashed(self.ref, error, during))

    def _tell_actor_of(self, error: BaseException, message: Any) -> None:
        if self.actor is None:
            return
        try:
            if message is not None:
                self.actor.salvage(message)
            self.actor.on_failure(type(error), error, error.__traceback__)
        except BaseException:
            log.exception("on_failure of %s failed", self.ref)

    def die(self) -> None:
        """Run `on_stop`, then never answer again."""
        if self.life is Life.DEAD:
            return
        if self.actor is not None:
            alive = self.life is Life.ALIVE
            try:
                (self.actor.on_stop if alive else self.actor.stopped_while_down)()
            except BaseException as error:
                log.exception("on_stop of %s failed", self.ref)
                self._report(error, "on_stop")
        self._end()

    def _end(self) -> None:
        self.life = Life.DEAD
        self.actor = None
        self.receive = _nobody
        self.stopped.set()
        assert self.ref is not None
        self.engine.registry.unregister(self.ref)
        stash, self.stash = self.stash, []
        for message, reply in stash:
            self.refuse(message, reply)
        for watcher in self.watchers:
            self.engine.send(watcher, Terminated(self.ref))
