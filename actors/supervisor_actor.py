"""The supervisor: it starts actors from specs, restarts what crashes, and gives up in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from ..config.restart import RestartConfig
from .actor import LoopActor
from .events import ChildCrashed, ChildGivenUp, ChildRestarted, ChildStarted, ChildStopped
from .mailbox import Life
from .messages import (
    ChildDown,
    ReadChildren,
    RestartChild,
    RestartDue,
    StartChild,
    StopChild,
)
from .model_state import Publish
from .policies.barrier import Barrier, Closed
from .policies.errors import InvalidRequestError
from .policies.restart import Restart, RestartPolicy, wants_restart
from .reference import LoopRef
from .signals import Crashed
from .snapshots import ChildSnapshot

log = logging.getLogger(__name__)


class Child:
    """One supervised actor: its spec, its history, and where it is now."""

    __slots__ = ("policy", "ref", "restarts", "spec", "timer")

    def __init__(self, spec: StartChild, ref: LoopRef[Any], policy: RestartPolicy) -> None:
        self.spec = spec
        self.ref = ref
        self.policy = policy
        self.restarts = 0
        self.timer: asyncio.TimerHandle | None = None


class SupervisorState:
    """The children by name and by address; it outlives a crash of the supervisor."""

    __slots__ = ("by_urn", "children")

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.by_urn: dict[str, Child] = {}


class SupervisorActor(LoopActor):
    """Supervises its children one for one."""

    def __init__(self, state: SupervisorState, publish: Publish, draw: Callable[[], float]) -> None:
        super().__init__()
        self._state = state
        self._publish = publish
        self._draw = draw

    def on_receive(self, message: Any) -> Any:
        match message:
            case StartChild():
                return self._start(message)
            case Crashed():
                self._crashed(message)
            case RestartDue(name):
                self._restart_due(name)
            case RestartChild(name):
                return self._restart_by_hand(name)
            case StopChild(name):
                return self._stop_child(name)
            case ReadChildren():
                return self._snapshot()
            case _:
                raise InvalidRequestError(
                    f"the supervisor does not understand {type(message).__name__}"
                )
        return None

    def on_start(self) -> None:
        """After a crash of its own: children whose crash it may have missed come back."""
        for child in list(self._state.children.values()):
            if child.ref.mailbox.life is Life.SUSPENDED and child.timer is None:
                self._bring_back(child)

    def on_stop(self) -> None:
        """Stop the children, the youngest first."""
        for name in reversed(list(self._state.children)):
            self._stop_child(name)

    def _start(self, spec: StartChild) -> LoopRef[Any]:
        if spec.name in self._state.children:
            raise InvalidRequestError(f"a child named {spec.name!r} runs already")
        restart: RestartConfig = spec.restart
        ref = self.engine.start_from(spec.make, supervisor=self.actor_inbox)
        child = Child(spec, ref, RestartPolicy(restart))
        self._state.children[spec.name] = child
        self._state.by_urn[ref.actor_urn] = child
        self._publish(ChildStarted, child=spec.name)
        return ref

    # Crashes.

    def _crashed(self, crash: Crashed) -> None:
        child = self._state.by_urn.get(crash.actor.actor_urn)
        if child is None:
            return
        name = child.spec.name
        self._publish(ChildCrashed, child=name, cause=crash.cause, during=crash.during)
        if crash.during == "on_stop":
            return
        if not wants_restart(child.spec.restart.type, False):
            self._stop_child(name)
            return
        now = self.engine.now()
        started = crash.during not in ("on_start", "__init__")
        judge = child.policy.crashed if started else child.policy.failed_start
        decision = judge(now, self._draw())
        if isinstance(decision, Restart):
            self._restart_in(child, decision.delay, Closed.CRASHED)
        else:
            self._publish(
                ChildGivenUp, child=name, cause=crash.cause, retry_after=decision.retry_after
            )
            self._restart_in(child, decision.retry_after, Closed.QUARANTINED)

    def _restart_in(self, child: Child, delay: float, closed: Closed) -> None:
        if delay <= 0:
            self._bring_back(child)
            return
        self._forget_timer(child)
        due = RestartDue(child.spec.name)
        child.timer = self.engine.after(delay, self.actor_inbox, due)
        if child.spec.tell is not None:
            until = self.engine.now() + delay
            child.spec.tell.send(ChildDown(child.spec.name, Barrier(closed, until)))

    def _restart_due(self, name: str) -> None:
        child = self._state.children.get(name)
        if child is not None:
            child.timer = None
            child.policy.trial_due(self.engine.now())
            self._bring_back(child)

    def _restart_by_hand(self, name: str) -> bool:
        """Bring a child back and forget its crashes; one that runs starts afresh."""
        child = self._child(name)
        child.policy.restored(self.engine.now())
        self._forget_timer(child)
        return self._bring_back(child)

    def _bring_back(self, child: Child) -> bool:
        if not child.ref.mailbox.restart():
            return False
        child.restarts += 1
        self._publish(ChildRestarted, child=child.spec.name, restarts=child.restarts)
        return True

    # The end.

    def _stop_child(self, name: str) -> bool:
        child = self._state.children.pop(name, None)
        if child is None:
            return False
        self._state.by_urn.pop(child.ref.actor_urn, None)
        self._forget_timer(child)
        child.ref.mailbox.die()
        self._publish(ChildStopped, child=name)
        return True

    def _forget_timer(self, child: Child) -> None:
        if child.timer is not None:
            child.timer.cancel()
            child.timer = None

    def _child(self, name: str) -> Child:
        child = self._state.children.get(name)
        if child is None:
            known = ", ".join(self._state.children) or "none"
            raise InvalidRequestError(f"there is no child {name!r}; there are: {known}")
        return child

    def _snapshot(self) -> tuple[ChildSnapshot, ...]:
        now = self.engine.now()
        return tuple(
            ChildSnapshot(
                name,
                child.ref.mailbox.life is Life.ALIVE,
                child.restarts,
                child.policy.snapshot(now),
            )
            for name, child in self._state.children.items()
        )
