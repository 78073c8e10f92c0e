"""How children leave: told to stop, waited for, and dead in the end.

A stop waits for what the child has to do before: the messages that arrived earlier, and the answer
to its spec's farewell. It waits `shutdown_timeout` at most, while other actors go on.
"""

from __future__ import annotations

from math import inf
from typing import Any

from ..engine.future import LoopFuture, Promise
from ..engine.reference import ActorRef
from ..events import ChildStopped, Publish
from ..policies.supervision import youngest
from .messages import StopDue
from .state import Child, SupervisorState, is_due


class Shutdown:
    """Stops the children of one supervisor, for good."""

    __slots__ = ("_publish", "_ref", "_state")

    def __init__(self, state: SupervisorState, ref: ActorRef[Any], publish: Publish) -> None:
        self._state = state
        self._ref = ref
        self._publish = publish

    def begin(self, name: str) -> Promise[bool] | bool:
        """Stop a child; True once it has, False where there is none of this name."""
        child = self._state.children.get(name)
        if child is None:
            return False
        if child.leaving is None:
            child.leaving = Promise()
            self._tell_to_stop(child)
        return child.leaving

    def all(self) -> Promise[bool]:
        """Stop one child after the other, the youngest first; nothing starts any more."""
        if self._state.stopping is None:
            self._state.stopping = Promise()
            for child in self._state.children.values():
                child.ref.allow_restart_from(inf)
            self.next()
        return self._state.stopping

    def next(self) -> None:
        """The next one's turn, or the answer to who waits for the last."""
        state = self._state
        if state.stopping is None or state.stopping.settled:
            return
        if state.children:
            self.begin(youngest(state.children))
        else:
            state.stopping.set(True)

    def insist(self, name: str) -> None:
        """It has had its time."""
        child = self._state.children.get(name)
        if child is not None and child.leaving is not None:
            self.at_once(child)

    def at_once(self, child: Child) -> None:
        """Stop without waiting; what is in its mailbox is answered for it."""
        child.ref.kill()

    def over(self, child: Child) -> None:
        """It is dead: forget it, and tell who waits for that."""
        state, name = self._state, child.spec.name
        if state.children.get(name) is not child:
            return
        child.forget_timer()
        del state.children[name]
        state.by_urn.pop(child.ref.actor_urn, None)
        state.waiting.discard(name)
        self._publish(ChildStopped, child=child.name, cause=child.cause)
        if child.leaving is not None:
            child.leaving.set(True)
        self.next()

    def catch_up(self) -> None:
        """After a crash of the supervisor: what it missed of those that leave."""
        now = self._ref.engine.now()
        for child in tuple(self._state.children.values()):
            if child.leaving is not None and is_due(child.timer, now):
                self.at_once(child)
            if child.ref.is_dead():
                self.over(child)
        self.next()

    def _tell_to_stop(self, child: Child) -> None:
        ref = child.ref
        child.forget_timer()
        child.cause = None
        ref.set_permanent(False)
        ref.allow_restart_from(inf)
        if ref.is_suspended():
            self.at_once(child)
            return
        limit = child.spec.restart.shutdown_timeout
        child.timer = self._ref.after(limit, StopDue(child.spec.name))
        if child.spec.shutdown_message is None:
            ref.stop(block=False)
            return
        answer: LoopFuture[object] = LoopFuture(ref.engine)
        answer.on_settled(lambda: ref.stop(block=False))
        ref.send(child.spec.shutdown_message, answer)
