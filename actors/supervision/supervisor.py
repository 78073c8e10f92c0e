"""The supervisor: it starts actors from specs, restarts what crashes, and stops them in order.

The policies `RestartPolicy` and `supervision` decide what restarts, when, and when to give up.
`Restarts` brings children back, `Shutdown` stops them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...config.settings.restart import RestartConfig
from ..engine.actor import Actor
from ..engine.reference import AnyRef
from ..engine.signals import STARTING, Crashed, Stopped
from ..events import ChildCrashed, ChildStarted, ChildStopped, Publish
from ..policies.chance import Draw
from ..policies.outcomes.errors import InvalidRequestError
from ..policies.restart import RestartPolicy, wants_restart
from ..policies.supervision import stop_order
from .child_spec import ChildSpec, Spec, SupervisorSpec, check_spec
from .messages import (
    ReconfigureChild,
    RestartChild,
    RestartDue,
    RestartTogetherDue,
    StartChild,
    StopAll,
    StopChild,
    StopDue,
)
from .restarts import Restarts
from .shutdown import Shutdown
from .state import Child, SupervisorState

_ENDING = frozenset({"on_stop", "before_restart", "stopped_while_down"})
"""The moments of a crash that ends the actor anyway."""


class SupervisorActor(Actor):
    """Supervises its children as `state` says, which survives a crash of this actor."""

    def __init__(self, state: SupervisorState, publish: Publish, draw: Draw) -> None:
        super().__init__()
        self._state = state
        self._publish = publish
        self._draw = draw
        self._restarts = Restarts(state, self.actor_ref, publish, draw)
        self._shutdown = Shutdown(state, self.actor_ref, publish)

    def on_receive(self, message: Any) -> Any:
        match message:
            case Crashed():
                self._crashed(message)
            case Stopped(actor):
                self._stopped(actor.actor_urn)
            case RestartDue(name):
                self._restarts.due(name)
            case RestartTogetherDue():
                self._restarts.together_due()
            case RestartChild(name):
                return self._restarts.restart_now(self._state.child(name))
            case StartChild(spec):
                return self._start(spec)
            case StopChild(name):
                return self._shutdown.begin(name)
            case ReconfigureChild(name, restart):
                self._reconfigure(name, restart)
            case StopDue(name):
                self._shutdown.due(name)
            case StopAll():
                return self._shutdown.begin_all()
            case _:
                raise InvalidRequestError(
                    f"a supervisor does not understand {type(message).__name__}"
                )
        return None

    def on_start(self) -> None:
        """Start the children of the spec; after a crash, catch up on what was missed."""
        state = self._state
        while state.specs:
            self._start(state.specs.pop(0))
        self._shutdown.catch_up()
        if state.restart_all:
            self._restarts.restart_all()
        elif state.stopping is None:
            self._restarts.catch_up()

    def on_stop(self) -> None:
        """Stop the children, the youngest first, without waiting for anything."""
        for child in stop_order(self._state.children.values()):
            child.ref.kill()
            self._shutdown.stopped(child)

    def salvage(self, message: Any) -> None:
        """Keep settings that arrive only once."""
        if isinstance(message, ReconfigureChild):
            self._reconfigure(message.name, message.restart)

    def stopped_while_down(self) -> None:
        self.on_stop()

    def before_restart(self) -> None:
        """The children go with their supervisor and come back with it."""
        self._restarts.suspend_all()

    def _start(self, spec: Spec) -> AnyRef:
        check_spec(spec)
        state, name = self._state, spec.name
        if state.stopping is not None:
            raise InvalidRequestError(f"{name!r} cannot start: its supervisor is stopping")
        if name in state.children:
            raise InvalidRequestError(f"a child named {name!r} runs already")
        plain, inner = self._as_child(spec)
        ref = self._make(plain)
        child = Child(plain, ref, state.policy or RestartPolicy(plain.restart), inner, state.prefix)
        state.children[name] = child
        state.by_urn[ref.actor_urn] = child
        self._restarts.allow_restart(child)
        self._publish(ChildStarted, child=child.name)
        return ref

    def _as_child(self, spec: Spec) -> tuple[ChildSpec, SupervisorState | None]:
        if isinstance(spec, ChildSpec):
            return spec, None
        inner = SupervisorState(spec, self._state.prefix + _prefix_of(spec))
        child = ChildSpec(
            spec.name,
            lambda: SupervisorActor(inner, self._publish, self._draw),
            restart=spec.restart,
            shutdown_message=StopAll(),
        )
        return child, inner

    def _make(self, spec: ChildSpec) -> AnyRef:
        try:
            ref = self.start_child(spec.make)
        except BaseException as error:  # the constructor is the child's own code
            self.engine.interrupted_by(error)
            raise InvalidRequestError(
                f"the child {spec.name!r} could not be made: {error!r}"
            ) from error
        ref.set_permanent(wants_restart(spec.restart.type, normal_exit=True))
        return ref

    def _reconfigure(self, name: str, restart: RestartConfig) -> None:
        child = self._state.children.get(name)
        if child is None or child.stopping is not None:
            return
        child.spec = replace(child.spec, restart=restart)
        child.returns = wants_restart(restart.type, normal_exit=False)
        child.ref.set_permanent(wants_restart(restart.type, normal_exit=True))
        if self._state.policy is None:
            child.policy.reconfigure(restart)
        self._restarts.allow_restart(child)

    # What children report.

    def _crashed(self, crash: Crashed) -> None:
        child = self._state.by_urn.get(crash.actor.actor_urn)
        if child is None:
            return
        child.cause = crash.cause
        during = crash.during
        self._publish(ChildCrashed, child=child.name, cause=crash.cause, during=during)
        if during in _ENDING:
            return
        if crash.returned is not None:
            self._restarts.has_returned(child, crash.returned)
            return
        if child.stopping is not None:
            child.ref.kill()
        elif self._state.stopping is None:
            self._restarts.after_crash(child, came_up=during not in STARTING)

    def _stopped(self, urn: str) -> None:
        child = self._state.by_urn.get(urn)
        if child is None:
            return
        if child.ref.is_dead():
            self._shutdown.stopped(child)
            return
        self._publish(ChildStopped, child=child.name)
        if self._state.stopping is None:
            self._restarts.after_crash(child, came_up=True)


def _prefix_of(spec: SupervisorSpec) -> str:
    return f"{spec.name}/" if spec.prefix is None else spec.prefix
