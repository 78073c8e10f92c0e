"""How children stop: the supervisor asks them to, waits, and kills them in the end.

A stop waits for what the child has to do before: the messages that arrived earlier, and the answer
to its spec's shutdown message. It waits at most `shutdown_timeout`, while other actors go on.
"""

from __future__ import annotations

from math import inf

from ..engine.future import LoopFuture, Promise
from ..engine.reference import AnyRef
from ..events import ChildStopped, Publish
from ..policies.supervision import youngest
from .messages import StopDue
from .state import Child, SupervisorState, is_due


class Shutdown:
    """Stops the children of one supervisor, for good."""

    __slots__ = ("_publish", "_ref", "_state")

    def __init__(self, state: SupervisorState, ref: AnyRef, publish: Publish) -> None:
        self._state = state
        self._ref = ref
        self._publish = publish

    def begin(self, name: str) -> Promise[bool] | bool:
        """Stop a child; True once it is dead, False for an unknown name."""
        child = self._state.children.get(name)
        if child is None:
            return False
        if child.stopping is None:
            child.stopping = Promise()
            self._tell_to_stop(child)
        return child.stopping

    def begin_all(self) -> Promise[bool]:
        """Stop one child after the other, the youngest first; no child starts any more."""
        if self._state.stopping is None:
            self._state.stopping = Promise()
            for child in self._state.children.values():
                child.ref.allow_restart_from(inf)
            self._next()
        return self._state.stopping

    def _next(self) -> None:
        """Stop the next child; after the last, answer the caller that waits."""
        state = self._state
        if state.stopping is None or state.stopping.settled:
            return
        if state.children:
            self.begin(youngest(state.children))
        else:
            state.stopping.set(True)

    def due(self, name: str) -> None:
        """The child has had its time to stop: kill it."""
        child = self._state.children.get(name)
        if child is not None and child.stopping is not None:
            child.ref.kill()

    def stopped(self, child: Child) -> None:
        """The child is dead: forget it, and answer the caller that waits for that."""
        state, name = self._state, child.spec.name
        if state.children.get(name) is not child:
            return
        child.forget_timer()
        del state.children[name]
        state.by_urn.pop(child.ref.actor_urn, None)
        state.waiting.discard(name)
        self._publish(ChildStopped, child=child.name, cause=child.cause)
        if child.stopping is not None:
            child.stopping.set(True)
        self._next()

    def catch_up(self) -> None:
        """After a crash of the supervisor: do what it missed of the stops."""
        now = self._ref.engine.now()
        for child in tuple(self._state.children.values()):
            if child.stopping is not None and is_due(child.timer, now):
                child.ref.kill()
            if child.ref.is_dead():
                self.stopped(child)
        self._next()

    def _tell_to_stop(self, child: Child) -> None:
        ref = child.ref
        child.forget_timer()
        child.cause = None
        ref.set_permanent(False)
        ref.allow_restart_from(inf)
        if ref.is_suspended():
            child.ref.kill()
            return
        limit = child.spec.restart.shutdown_timeout
        child.timer = self._ref.after(limit, StopDue(child.spec.name))
        if child.spec.shutdown_message is None:
            ref.stop(block=False)
            return
        answer: LoopFuture[object] = LoopFuture(ref.engine)
        answer.on_settled(lambda: ref.stop(block=False))
        ref.send(child.spec.shutdown_message, answer)
