"""An actor's address: it survives the actor behind it and answers for a dead one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn

import pykka

from ...config.errors import ResilienceError
from ..policies.outcomes.errors import RuntimeClosedError
from .actor import construct
from .death_watch import crash, log_refusal, run_hook, salvage_stash, tell_supervisor, tell_watchers
from .future import Promise
from .lifecycle import Lifecycle
from .reference import ActorRef, AnyRef
from .signals import NOTICES, ActorCrashedError, RetryStart, Start, Stop, Stopped
from .stop_flag import StopFlag

if TYPE_CHECKING:
    from .actor import Actor
    from .interface import Core, Receive
    from .signals import Envelope, Reply, UnreportedCrash


_ALIVE = Lifecycle.ALIVE


def no_actor(_message: object) -> object:
    """The `receive` of a mailbox without an actor."""
    raise RuntimeError("there is no actor behind this mailbox yet")


class Mailbox:
    """One actor's place in the engine's run queue, and its life.

    `make` builds the actor, at each start. All methods run on the engine's loop, one at a time;
    the first `build` and `refuse` may run in any thread.
    """

    __slots__ = (
        "actor",
        "dead_letter_handler",
        "engine",
        "free_restart_from",
        "is_permanent",
        "is_root",
        "life",
        "limit",
        "make",
        "quarantine",
        "queued",
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

    ref: AnyRef
    """Set as soon as the first actor is under construction."""

    def __init__(
        self,
        engine: Core,
        make: Callable[[], Actor],
        *,
        limit: int | None = None,
        supervisor: Mailbox | None = None,
        is_root: bool = False,
    ) -> None:
        self.engine: Core = engine
        self.make: Callable[[], Actor] = make
        self.limit: int = limit or engine.mailbox_size
        self.supervisor: Mailbox | None = supervisor
        self.is_root: bool = is_root
        """Whether the actor restarts at once after a crash: it has no supervisor."""
        self.is_permanent: bool = False
        """Whether a stop only suspends the actor, as its supervisor brings it back."""
        self.free_restart_from: float = inf
        """Seconds on the loop's clock. After a crash from then on the actor comes back once before
        its supervisor hears of the crash."""
        self.dead_letter_handler: Callable[[object], bool] | None = None
        """Takes the messages to a dead actor that still matter; True where it took one."""
        self.unreported: UnreportedCrash | None = None
        """The crash of which the supervisor has not heard yet."""
        self.quarantine: str | None = None
        """Why asks fail at once: the actor has crashed too often, and is tried again later."""
        self.urn: str = uuid.uuid4().urn
        self.stopped: StopFlag = StopFlag()
        self.life: Lifecycle = Lifecycle.NEW
        self.actor: Actor | None = None
        self.receive: Receive = no_actor
        """The actor's own `receive`."""
        self.queued: list[None] = []
        """One for each user message in the queue: threads count in one step, without a lock."""
        self.stash: list[Envelope] = []
        self.watchers: list[Mailbox] = []
        self.watching: list[Mailbox] = []

    # What pykka's `ActorRef` expects of an inbox.

    def put(self, envelope: Any) -> None:
        self.engine.post(self, envelope.message, envelope.reply_to)

    def get(self) -> NoReturn:
        raise NotImplementedError("the engine takes messages from its own run queue")

    def empty(self) -> bool:
        return self.waiting <= 0

    @property
    def waiting(self) -> int:
        """The user messages that wait, and all messages that a suspended actor keeps."""
        return len(self.queued) + len(self.stash)

    # Birth.

    def start(self) -> AnyRef:
        """Make the first actor and let it begin.

        Raises what its constructor raises, and `RuntimeClosedError` on a closed engine.
        """
        if self.engine.closed:
            raise RuntimeClosedError("the engine is closed and starts no actor; make a new one")
        self.build()
        assert hasattr(self, "ref"), "the actor's __init__ did not call super().__init__()"
        self.engine.registry.register(self.ref)
        if self.life is Lifecycle.DEAD:  # it stopped itself in its constructor
            self.engine.registry.unregister(self.ref)
        else:
            self.engine.send(self, Start())
        return self.ref

    def build(self) -> None:
        """Make the actor; runs its constructor, not yet `on_start`."""
        self.actor = None
        self.actor = actor = construct(self.make, self)
        self.receive = actor.receive

    def point_at(self, actor: Actor) -> None:
        """Turn the reference to `actor`, whose constructor may use it already."""
        if hasattr(self, "ref"):
            self.ref.turn_to(actor)
        else:
            self.ref = ActorRef(actor, self)

    def begin(self) -> bool:
        """Run `on_start` and take up the messages that wait; False if that failed."""
        actor = self.actor
        assert actor is not None
        self.quarantine = None
        self.life = Lifecycle.ALIVE
        try:
            actor.on_start()
        except BaseException as error:  # a failing start is a crash, whatever it raised
            crash(self, error, "on_start")
            return False
        if self.stash:
            self._unstash()
        return True

    def restart(self) -> bool:
        """Put a new actor behind the reference; False if its start failed, which is reported."""
        self.suspend()
        if self.life is not Lifecycle.SUSPENDED:
            return self.life is Lifecycle.NEW
        try:
            self.build()
        except BaseException as error:  # the constructor is the actor's own code
            crash(self, error, "__init__")
            return False
        return self.begin()

    def _unstash(self) -> None:
        stash, self.stash = self.stash, []
        if stash and self.life is Lifecycle.ALIVE:
            self.engine.requeue(self, stash)

    # Messages.

    def deliver(self, message: object, reply: Reply) -> None:
        """Handle a message from the queue, or keep or refuse it."""
        if self.life is not _ALIVE or isinstance(message, Stop):
            self._deliver_later(message, reply)
            return
        try:
            answer = self.receive(message)
        except BaseException as error:
            told = self.failed(error, message, asked=reply is not None)
            if reply is not None:
                reply.refuse(told)
            else:
                self.undeliverable(message, told)
            return
        if reply is None:
            return
        if isinstance(answer, Promise):
            answer.forward_to(reply)  # pyright: ignore[reportUnknownMemberType]  # untyped, too
        else:
            reply.answer(answer)

    def _deliver_later(self, message: object, reply: Reply) -> None:
        if self.life is Lifecycle.DEAD:
            self.refuse(message, reply)
        elif isinstance(message, Stop):
            self._stop()
            self.refuse(message, reply)
        elif isinstance(message, Start):
            self.begin()
        elif isinstance(message, RetryStart):
            self.restart()
        else:
            self.stash.append((message, reply))

    def failed(self, error: BaseException, message: object, *, asked: bool) -> BaseException:
        """A handler failed: report the crash; returns the error for the asker.

        A `ResilienceError` is an answer, not a crash: the actor refuses and lives on.
        """
        if isinstance(error, ResilienceError):
            return error
        if not isinstance(error, Exception):
            crash(self, error, type(message).__name__, message)
            told = ActorCrashedError(f"{self.ref} failed with {error!r}")
            told.__cause__ = error
            return told
        if self.supervisor is not None or self.is_root or not asked:
            crash(self, error, type(message).__name__, message)
        return error

    def undeliverable(self, message: object, error: BaseException) -> None:
        """Without an asker, log a refusal; any other error is a crash."""
        if isinstance(error, ResilienceError):
            log_refusal(self, message, error)
        elif self.life is Lifecycle.ALIVE and self.supervisor is None and not self.is_root:
            crash(self, error, type(message).__name__, message)

    def refuse(self, message: object, reply: Reply) -> None:
        """Answer in place of a dead actor."""
        if isinstance(message, Stop):
            if reply is not None:
                reply.answer(True)
            return
        if reply is not None:
            reply.refuse(pykka.ActorDeadError(f"{self.ref} stopped before handling the message"))
        handler = self.dead_letter_handler
        if handler is not None and self.engine.is_here() and handler(message):
            return
        if type(message) not in NOTICES:
            self.engine.dead_letter(self, message, "the actor is dead")

    # The end of the actor, and of the mailbox.

    def suspend(self) -> None:
        """Let the actor go and keep its messages for its successor."""
        if self.life is not Lifecycle.ALIVE:
            return
        self.life = Lifecycle.SUSPENDED
        run_hook(self, "before_restart")

    def _stop(self) -> None:
        if not self.is_permanent:
            self.kill()
        elif self.life is Lifecycle.ALIVE:
            self.suspend()
            tell_supervisor(self, Stopped(self.ref))

    def kill(self) -> None:
        """Run `on_stop`, then never answer again."""
        if self.life is Lifecycle.DEAD:
            return
        if self.actor is not None:
            run_hook(self, "on_stop" if self.life is Lifecycle.ALIVE else "stopped_while_down")
            salvage_stash(self)
        self.end()

    def end(self) -> None:
        """Be dead: refuse what waits, tell supervisor and watchers."""
        self.life = Lifecycle.DEAD
        self.actor = None
        self.receive = no_actor
        self.engine.deferred.finish()  # the log tells of the crash before the end is known
        self.stopped.set()
        self.engine.registry.unregister(self.ref)
        stash, self.stash = self.stash, []
        for message, reply in stash:
            self.refuse(message, reply)
        tell_supervisor(self, Stopped(self.ref))
        tell_watchers(self)
