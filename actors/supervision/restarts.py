"""How crashed children come back: alone or together, at once, later or after a quarantine."""

from __future__ import annotations

from math import inf

from ..engine.reference import AnyRef
from ..events import ChildQuarantined, ChildRestarted, Publish
from ..policies.chance import Draw
from ..policies.restart import AT_ONCE, GiveUp, Restart, RestartPolicy, RestartState
from ..policies.supervision import affected, stop_order
from ..policies.unavailability import Unavailable, UnavailableReason
from .messages import ChildDown, RestartDue, RestartTogetherDue
from .state import Child, SupervisorState, is_due

_TICK = 0.001
"""The least seconds to wait again where the loop rang early."""

_WORTH_WAITING = 5.0
"""Seconds of quarantine for which an ask waits: the runtime's own actors come back within."""


class EscalatedError(RuntimeError):
    """Children that restart together crashed too often; their supervisor crashes with this."""


class Restarts:
    """Restarts the children of one supervisor."""

    __slots__ = ("_draw", "_publish", "_ref", "_state")

    def __init__(
        self,
        state: SupervisorState,
        ref: AnyRef,
        publish: Publish,
        draw: Draw,
    ) -> None:
        self._state = state
        self._ref = ref
        self._publish = publish
        self._draw = draw

    def after_crash(self, child: Child, *, came_up: bool) -> None:
        """Its actor is gone: do what strategy and policy say.

        Raises `EscalatedError` where that is to give up on all children.
        """
        if not child.ref.is_suspended() or child.timer is not None:
            return  # a late report: the child is back, or will be
        if child.spec.name in self._state.waiting:
            return
        if not child.returns:
            child.ref.kill()
            return
        policy = child.policy
        judge = policy.crashed if came_up else policy.failed_start
        decision = judge(self._ref.engine.now(), self._draw)
        if self._state.policy is not None:
            self._restart_together(child, decision)
        elif decision is AT_ONCE:
            self._bring_back(child)
        else:
            self._restart_alone(child, decision)

    # One child alone.

    def _restart_alone(self, child: Child, decision: Restart | GiveUp) -> None:
        if isinstance(decision, GiveUp):
            wait = decision.retry_after
            self._publish(ChildQuarantined, child=child.name, cause=child.cause, retry_after=wait)
            if wait > _WORTH_WAITING:
                child.ref.set_quarantined(
                    f"has crashed too often; it is tried again in {wait:.3g} s, or by restart()"
                )
            self._restart_in(wait, child, UnavailableReason.QUARANTINED)
        else:
            self._restart_in(decision.delay, child, UnavailableReason.CRASHED)

    def _restart_in(self, delay: float, child: Child, reason: UnavailableReason) -> None:
        due = RestartDue(child.spec.name)
        child.timer = self._ref.after(delay, due)
        self._notify_down(child, Unavailable(reason, self._ref.engine.now() + delay))

    def due(self, name: str) -> None:
        """The wait of one child is over."""
        child = self._state.children.get(name)
        if child is None or child.stopping is not None:
            return
        child.forget_timer()
        now = self._ref.engine.now()
        if child.policy.trial_due(now) or child.policy.state(now) is not RestartState.QUARANTINED:
            self._bring_back(child)
            return
        rest = max(child.policy.snapshot(now).retry_after or 0.0, _TICK)
        child.timer = self._ref.after(rest, RestartDue(name))

    def restart_now(self, child: Child) -> bool:
        """Restart a child for an operator and forget its crashes; False if it did not start."""
        if child.stopping is not None:
            return False
        child.policy.restored(self._ref.engine.now())
        child.forget_timer()
        self._state.waiting.discard(child.spec.name)
        return self._bring_back(child)

    def _bring_back(self, child: Child) -> bool:
        if not child.ref.restart():
            return False
        self._is_back(child)
        return True

    def has_returned(self, child: Child, at: float) -> None:
        """The child crashed `at` this time and came back by itself, as it was allowed to."""
        child.policy.crashed(at, self._draw)
        self._is_back(child)

    def _is_back(self, child: Child) -> None:
        self.allow_restart(child)
        child.restarts += 1
        child.cause = None  # its traceback holds the actor that crashed, and the message
        self._publish(ChildRestarted, child=child.name, restarts=child.restarts)

    def allow_restart(self, child: Child) -> None:
        """Tell the child from when on the policy allows a restart at once after a crash."""
        state = self._state
        alone = state.policy is None and state.stopping is None
        free = alone and child.returns and child.stopping is None
        child.ref.allow_restart_from(child.policy.free_from() if free else inf)

    # Several children together.

    def _restart_together(self, child: Child, decision: Restart | GiveUp) -> None:
        state = self._state
        names = affected(state.strategy, tuple(state.children), child.spec.name)
        if isinstance(decision, GiveUp):
            raise self._escalated(child)
        for name in stop_order(names):
            self._suspend(state.children[name])
        self._restart_together_in(decision.delay)

    def _escalated(self, child: Child) -> EscalatedError:
        """Above the intensity the supervisor itself crashes, and its own supervisor restarts it."""
        self.suspend_all()
        error = EscalatedError(f"the children crashed too often, {child.spec.name!r} at last")
        error.__cause__ = child.cause
        return error

    def suspend_all(self) -> None:
        """End all children; they start again with the next supervisor."""
        self._state.restart_all = True
        for child in stop_order(self._state.children.values()):
            self._suspend(child)

    def _suspend(self, child: Child) -> None:
        """End the actor and keep its messages; kill an actor that never comes back."""
        child.forget_timer()
        if child.stopping or not child.returns:
            child.ref.kill()
            return
        self._state.waiting.add(child.spec.name)
        child.ref.suspend()

    def _restart_together_in(self, delay: float) -> None:
        state = self._state
        if state.timer is not None:
            state.timer.cancel()
            state.timer = None
        if delay <= 0:
            self.together_due()
            return
        state.timer = self._ref.after(delay, RestartTogetherDue())
        unavailable = Unavailable(UnavailableReason.CRASHED, self._ref.engine.now() + delay)
        for name in state.waiting:
            self._notify_down(state.children[name], unavailable)

    def together_due(self) -> None:
        """Start the waiting children in their order; the rest wait on after a failure."""
        state = self._state
        state.timer = None
        for name, child in tuple(state.children.items()):
            if name in state.waiting:
                state.waiting.discard(name)
                if not self._bring_back(child):
                    return

    # After a crash of the supervisor.

    def restart_all(self) -> None:
        """Start all children and forget their crashes."""
        state = self._state
        state.restart_all = False
        now = self._ref.engine.now()
        for policy in self._policies():
            policy.restored(now)
        self._restart_together_in(0.0)

    def catch_up(self) -> None:
        """Restart the children whose crash or restart was lost with a message."""
        state = self._state
        now = self._ref.engine.now()
        for child in tuple(state.children.values()):
            if child.stopping is None and is_due(child.timer, now):
                child.forget_timer()
                self.after_crash(child, came_up=True)
        if state.waiting and is_due(state.timer, now):
            self._restart_together_in(0.0)

    def _policies(self) -> tuple[RestartPolicy, ...]:
        if self._state.policy is not None:
            return (self._state.policy,)
        return tuple(child.policy for child in self._state.children.values())

    def _notify_down(self, child: Child, unavailable: Unavailable) -> None:
        if child.spec.notify is not None:
            child.spec.notify.send(ChildDown(child.spec.name, unavailable))
