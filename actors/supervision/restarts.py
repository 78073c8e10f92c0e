"""How crashed children come back: alone or together, at once, later, or after a quarantine."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from ..engine.reference import ActorRef
from ..events import ChildQuarantined, ChildRestarted, Publish
from ..policies.restart import AT_ONCE, GiveUp, Restart, RestartPolicy, RestartState
from ..policies.supervision import affected, stop_order
from ..policies.unavailability import Unavailable, UnavailableReason
from .messages import ChildDown, RestartDue, RestartTogetherDue
from .state import Child, SupervisorState, is_due

_TICK = 0.001
"""Seconds to wait at least where the loop rang a little early."""


class EscalatedError(RuntimeError):
    """Children that restart together crashed too often; their supervisor crashes with this."""


class Restarts:
    """Restarts the children of one supervisor."""

    __slots__ = ("_draw", "_publish", "_ref", "_state")

    def __init__(
        self,
        state: SupervisorState,
        ref: ActorRef[Any],
        publish: Publish,
        draw: Callable[[], float],
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
            return  # a late report: it is back, or will be
        if child.spec.name in self._state.waiting:
            return
        if not child.returns:
            child.ref.kill()
            return
        policy = child.policy
        judge = policy.crashed if came_up else policy.failed_start
        decision = judge(self._ref.engine.now(), self._draw())
        if self._state.policy is not None:
            self._together(child, decision)
        elif decision is AT_ONCE:
            self._bring_back(child)
        else:
            self._alone(child, decision)

    # One alone.

    def _alone(self, child: Child, decision: Restart | GiveUp) -> None:
        if isinstance(decision, GiveUp):
            wait = decision.retry_after
            self._publish(ChildQuarantined, child=child.name, cause=child.cause, retry_after=wait)
            self._restart_in(wait, child, UnavailableReason.QUARANTINED)
        else:
            self._restart_in(decision.delay, child, UnavailableReason.CRASHED)

    def _restart_in(self, delay: float, child: Child, closed: UnavailableReason) -> None:
        due = RestartDue(child.spec.name)
        child.timer = self._ref.after(delay, due)
        self._tell_down(child, Unavailable(closed, self._ref.engine.now() + delay))

    def due(self, name: str) -> None:
        """The wait of one child is over."""
        child = self._state.children.get(name)
        if child is None or child.leaving is not None:
            return
        child.forget_timer()
        now = self._ref.engine.now()
        if child.policy.trial_due(now) or child.policy.state(now) is not RestartState.QUARANTINED:
            self._bring_back(child)
            return
        rest = max(child.policy.snapshot(now).retry_after or 0.0, _TICK)
        child.timer = self._ref.after(rest, RestartDue(name))

    def by_hand(self, child: Child) -> bool:
        """Bring a child back and forget its crashes; one that runs starts afresh."""
        if child.leaving is not None:
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
        """It crashed `at` this time and came back by itself, as it was allowed to."""
        child.policy.crashed(at, self._draw())
        self._is_back(child)

    def _is_back(self, child: Child) -> None:
        self.allow_return(child)
        child.restarts += 1
        child.cause = None  # its traceback holds the actor that crashed, and the message
        self._publish(ChildRestarted, child=child.name, restarts=child.restarts)

    def allow_return(self, child: Child) -> None:
        """Say beforehand from when on the policy would bring it back at once after a crash."""
        state = self._state
        alone = state.policy is None and state.stopping is None
        free = alone and child.returns and child.leaving is None
        child.ref.allow_restart_from(child.policy.free_from() if free else inf)

    # Several together.

    def _together(self, child: Child, decision: Restart | GiveUp) -> None:
        state = self._state
        names = affected(state.strategy, tuple(state.children), child.spec.name)
        if isinstance(decision, GiveUp):
            raise self._escalated(child)
        for name in stop_order(names):
            self._let_go(state.children[name])
        self._restart_together_in(decision.delay)

    def _escalated(self, child: Child) -> EscalatedError:
        """Above the intensity it is the supervisor's own crash, and its supervisor's turn."""
        self.let_all_go()
        error = EscalatedError(f"the children crashed too often, {child.spec.name!r} at last")
        error.__cause__ = child.cause
        return error

    def let_all_go(self) -> None:
        """All children end, and start anew with the next supervisor."""
        self._state.anew = True
        for child in stop_order(self._state.children.values()):
            self._let_go(child)

    def _let_go(self, child: Child) -> None:
        """End the actor and keep its messages; one that never comes back is dead."""
        child.forget_timer()
        if child.leaving or not child.returns:
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
            self._tell_down(state.children[name], unavailable)

    def together_due(self) -> None:
        """Start what waits in its order; after one that fails the others go on waiting."""
        state = self._state
        state.timer = None
        for name, child in tuple(state.children.items()):
            if name in state.waiting:
                state.waiting.discard(name)
                if not self._bring_back(child):
                    return

    # After a crash of the supervisor.

    def all_anew(self) -> None:
        """Start all children; what they did before is forgotten."""
        state = self._state
        state.anew = False
        now = self._ref.engine.now()
        for policy in self._policies():
            policy.restored(now)
        self._restart_together_in(0.0)

    def catch_up(self) -> None:
        """Children whose crash or restart got lost with a message come back."""
        state = self._state
        now = self._ref.engine.now()
        for child in tuple(state.children.values()):
            if child.leaving is None and is_due(child.timer, now):
                child.forget_timer()
                self.after_crash(child, came_up=True)
        if state.waiting and is_due(state.timer, now):
            self._restart_together_in(0.0)

    def _policies(self) -> tuple[RestartPolicy, ...]:
        if self._state.policy is not None:
            return (self._state.policy,)
        return tuple(child.policy for child in self._state.children.values())

    def _tell_down(self, child: Child, unavailable: Unavailable) -> None:
        if child.spec.notify is not None:
            child.spec.notify.send(ChildDown(child.spec.name, unavailable))
