"""The base of all actors that live on the engine."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pykka
from pykka import messages

from .death_watch import unwatch, watch
from .future import LoopFuture
from .signals import CrashNow

if TYPE_CHECKING:
    from threading import Event

    from .background_tasks import Work
    from .interface import EngineInterface
    from .mailbox import Mailbox
    from .reference import ActorRef, AnyRef

A = TypeVar("A", bound="Actor")
_PROXY = frozenset({messages.ProxyCall, messages.ProxyGetAttr, messages.ProxySetAttr})


class Actor(pykka.Actor):
    """A pykka actor without a thread: a supervisor or an engine starts it.

    Handlers must not block; what takes time belongs in `spawn`. Every crash, in `on_start` too,
    reaches `on_failure` and the supervisor. `engine` and `actor_inbox` are the runtime's own.
    """

    # For pyright alone the engine's own references and inboxes are no good overrides: the type
    # variable of pykka's reference is invariant.

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        # pykka's own constructor is not called: it makes an address, an event and a reference for
        # each actor, which cost a restart more than all the rest. Here a successor takes them over.
        mailbox = self._create_actor_inbox()
        self.actor_inbox: Mailbox = mailbox  # pyright: ignore[reportIncompatibleVariableOverride]
        self.actor_urn: str = mailbox.urn
        self.actor_stopped: Event = mailbox.stopped
        self.engine: EngineInterface = mailbox.engine
        mailbox.point_at(self)

    @classmethod
    def start(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, *_args: object, **_kwargs: object
    ) -> ActorRef[Self]:
        """Not here: an actor needs an engine. Raises `RuntimeError`."""
        raise RuntimeError(f"use engine.start({cls.__name__}, ...) to start this actor")

    @property
    def actor_ref(self) -> ActorRef[Self]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.actor_inbox.ref

    def stop(self) -> None:
        self.actor_ref.stop(block=False)

    def receive(self, message: Any) -> Any:
        """Handle one message: pykka's own for proxies, all others in `on_receive`."""
        if type(message) in _PROXY:
            return self._proxied(message)
        if type(message) is CrashNow:
            raise message.error
        return self.on_receive(message)

    # Hooks, beside pykka's `on_start`, `on_stop` and `on_failure`.

    def salvage(self, message: object) -> None:
        """Save what a message carries that has crashed this actor: it is not handled again."""

    def stopped_while_down(self) -> None:
        """Answer what waits: this actor has crashed and gets no restart and no `on_stop`."""

    def before_restart(self) -> None:
        """Make way for a successor without a crash; calls `on_stop` by default."""
        self.on_stop()

    def spawn(self, work: Work[object], *, name: str) -> None:
        """Run a coroutine beside this actor; it goes on after a crash, and ends with the runtime.

        It tells this actor what it has found by `actor_ref.tell`.
        """
        self.engine.spawn(work, name=name)

    # Other actors.

    def start_child(self, make: Callable[[], A]) -> ActorRef[A]:
        """Start the actor that `make` builds, and get `Crashed` and `Stopped` from it."""
        mailbox = self.actor_inbox
        return type(mailbox)(mailbox.engine, make, supervisor=mailbox).start()

    def watch(self, ref: AnyRef) -> None:
        """Get `Terminated` once `ref` is dead for good, which may be now; nothing at a restart."""
        if ref.engine is not self.engine:
            raise ValueError(f"{ref} belongs to another runtime and cannot be watched from here")
        watch(self.actor_inbox, ref.address)

    def unwatch(self, ref: AnyRef) -> None:
        """Undo `watch`."""
        unwatch(self.actor_inbox, ref.address)

    def set_dead_letter_handler(self, handler: Callable[[object], bool]) -> None:
        """Let `handler` take the messages that still come after the death; True where it took one.

        It must not be a method of this actor, which it would keep in memory.
        """
        self.actor_inbox.dead_letter_handler = handler

    def _proxied(
        self, message: messages.ProxyCall | messages.ProxyGetAttr | messages.ProxySetAttr
    ) -> object:
        *path, name = message.attr_path
        owner: object = self
        for step in path:
            owner = getattr(owner, step)
        if isinstance(message, messages.ProxySetAttr):
            setattr(owner, name, message.value)
            return None
        found = getattr(owner, name)
        if isinstance(message, messages.ProxyCall):
            return found(*message.args, **message.kwargs)
        return found

    # pykka's three hooks for new kinds of actors.

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        mailbox, _under_construction.mailbox = _under_construction.mailbox, None
        if mailbox is None:
            raise RuntimeError("actors of this kind are made by engine.start(ActorClass, ...)")
        return mailbox

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return LoopFuture()

    def _start_actor_loop(self) -> None:
        raise RuntimeError("the engine starts this actor; use engine.start(ActorClass, ...)")


class _UnderConstruction(threading.local):
    """The mailbox for which this thread makes an actor now."""

    mailbox: Mailbox | None = None


_under_construction = _UnderConstruction()


def construct(make: Callable[[], A], mailbox: Mailbox) -> A:
    """Make an actor that gets `mailbox` as its inbox."""
    before, _under_construction.mailbox = _under_construction.mailbox, mailbox
    try:
        actor = make()
    finally:
        _under_construction.mailbox = before
    check_actor(actor)
    return actor


def check_actor(actor: object) -> None:
    """Raises `TypeError`, with what to do instead, for what cannot live on the engine."""
    kind = type(actor).__name__
    if not isinstance(actor, Actor):
        if isinstance(actor, pykka.Actor):
            actor.stop()  # its thread runs already
        raise TypeError(
            f"{kind} is no actor of this library, whose actors share one loop: derive it from "
            "hive_resilience.Actor (once LoopActor) in place of pykka's classes"
        )
    if inspect.iscoroutinefunction(actor.on_receive):
        raise TypeError(
            f"{kind}.on_receive is `async def`, but a handler does not wait: make it a plain "
            "method, and let self.spawn(...) run the coroutine"
        )
