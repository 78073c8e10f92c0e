"""The base of all actors that live on the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import pykka
from pykka import messages

from .death_watch import unwatch, watch
from .future import LoopFuture

if TYPE_CHECKING:
    from .interface import EngineInterface
    from .mailbox import Mailbox
    from .reference import ActorRef

_PROXY = frozenset({messages.ProxyCall, messages.ProxyGetAttr, messages.ProxySetAttr})


class Actor(pykka.Actor):
    """A pykka actor without a thread: `engine.start(MyActor, ...)` starts it.

    Handlers must not block; what takes time belongs in `engine.spawn`. Every crash, in `on_start`
    too, reaches `on_failure` and the supervisor.
    """

    actor_inbox: Mailbox

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        # In place of pykka's: an address, an event and a reference of its own for each actor would
        # cost a restart more than all the rest, and an actor here takes over its predecessor's.
        self.actor_inbox = mailbox = self._create_actor_inbox()
        self.actor_urn = mailbox.urn
        self.actor_stopped = mailbox.stopped
        self.engine: EngineInterface = mailbox.engine
        mailbox.point_at(self)

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> ActorRef[Self]:
        """Not here: an actor needs to know its engine; `engine.start(cls, ...)` starts it."""
        raise RuntimeError(f"use engine.start({cls.__name__}, ...) to start this actor")

    @property
    def actor_ref(self) -> ActorRef[Self]:
        ref = self.actor_inbox.ref
        assert ref is not None
        return ref

    def stop(self) -> None:
        self.actor_ref.stop(block=False)

    def receive(self, message: Any) -> Any:
        """Handle one message: pykka's own for proxies, all others in `on_receive`."""
        if type(message) in _PROXY:
            return self._proxied(message)
        return self.on_receive(message)

    def salvage(self, message: Any) -> None:
        """Save what a message carries that crashed this actor; it will not be handled again."""

    def stopped_while_down(self) -> None:
        """Answer who waits: a crashed actor is not restarted any more, and has no `on_stop`."""

    def before_restart(self) -> None:
        """A successor takes over, though this actor has not crashed; as `on_stop` by default."""
        self.on_stop()

    def watch(self, ref: ActorRef[Any]) -> None:
        """Be told `Terminated` once `ref` is dead for good; at once if it is. Not of restarts."""
        if ref.address.engine is not self.engine:
            raise ValueError(f"{ref} belongs to another runtime and cannot be watched from here")
        watch(self.actor_inbox, ref.address)

    def set_dead_letter_handler(self, handler: Callable[[Any], bool]) -> None:
        """Once dead, give it each message that still comes; True where it took one.

        It must not keep this actor alive: no bound method of it.
        """
        self.actor_inbox.dead_letter_handler = handler

    def unwatch(self, ref: ActorRef[Any]) -> None:
        """Do not be told of it any more."""
        unwatch(self.actor_inbox, ref.address)

    def _proxied(
        self, message: messages.ProxyCall | messages.ProxyGetAttr | messages.ProxySetAttr
    ) -> Any:
        *path, name = message.attr_path
        owner: Any = self
        for step in path:
            owner = getattr(owner, step)
        if isinstance(message, messages.ProxySetAttr):
            return setattr(owner, name, message.value)
        found = getattr(owner, name)
        if isinstance(message, messages.ProxyCall):
            return found(*message.args, **message.kwargs)
        return found

    # pykka's three hooks for new kinds of actors.

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        mailbox, births.mailbox = births.mailbox, None
        if mailbox is None:
            raise RuntimeError("actors of this kind are made by engine.start(ActorClass, ...)")
        return mailbox

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return LoopFuture()

    def _start_actor_loop(self) -> None:
        raise RuntimeError("the engine starts this actor; use engine.start(ActorClass, ...)")


class Births(threading.local):
    """The mailbox for which this thread makes an actor just now."""

    mailbox: Mailbox | None = None


births = Births()
