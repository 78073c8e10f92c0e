"""What an operator holds in the hand: one model of a running fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...actors.engine.future import LoopFuture
from ...actors.fleet_messages import CheckHealth, Operate, Switch
from ...actors.policies.health.status import ModelStatus
from ...actors.snapshots import ModelSnapshot
from ...actors.supervision.messages import RestartChild
from ..observability.actions import OPERATOR, PROGRAM, Actions, Author

if TYPE_CHECKING:
    from collections.abc import Callable

    from pykka import Future

    from ..fleet.fleet import Fleet
    from ..fleet.member import Member
    from ..portal.portal import OnLoop


class ModelHandle:
    """One model of a running fleet, from any thread. A call is done when it returns.

    What changes the model takes `reason` and `by`, why it is done and on whose behalf: a line each
    for the event `ActionTaken` and for the audit of a history.
    """

    __slots__ = ("_actions", "_fleet", "_member", "_on_loop")

    def __init__(self, fleet: Fleet, member: Member, on_loop: OnLoop, actions: Actions) -> None:
        self._fleet = fleet
        self._member = member
        self._on_loop = on_loop
        self._actions = actions

    @property
    def id(self) -> str:
        """The model's id."""
        return self._member.config.id

    def status(self) -> ModelStatus:
        """Its status: available, degraded, unavailable or maintenance."""
        return self.snapshot().status

    def snapshot(self) -> ModelSnapshot:
        """Its breaker, health, metrics, bulkhead, budget and limits."""
        return self._on_loop(lambda: self._fleet.read(self._member))

    def check_health(self) -> Future[ModelStatus]:
        """Probe it now. Await its status, or call `.get(timeout=...)` in a blocking program.

        A model without a health check is not probed: the answer is its status as it is.
        """
        future: LoopFuture[ModelStatus] = LoopFuture(self._fleet.engine)
        self._member.ref.send(CheckHealth(), future)
        return future

    def trip(self, reason: str = OPERATOR, *, by: str = PROGRAM) -> None:
        """Open its breaker for a recovery timeout. Raises `InvalidRequestError` for no text."""
        self._switch(Switch.TRIP, reason, by)

    def reset(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Close its breaker and forget its failures."""
        self._switch(Switch.RESET, reason, by)

    def force_open(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Keep its breaker open until `reset`."""
        self._switch(Switch.FORCE_OPEN, reason, by)

    def disable(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Let every call through its breaker and count nothing, until `reset`."""
        self._switch(Switch.DISABLE, reason, by)

    def metrics_only(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Let its breaker count but never open, until `reset`."""
        self._switch(Switch.METRICS_ONLY, reason, by)

    def enter_maintenance(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Send it no more tasks; running tasks go on."""
        self._switch(Switch.ENTER_MAINTENANCE, reason, by)

    def leave_maintenance(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Send it tasks again."""
        self._switch(Switch.LEAVE_MAINTENANCE, reason, by)

    def restart(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> bool:
        """Restart its actor, also out of quarantine; False if it did not start."""
        message = RestartChild(f"model:{self.id}")
        author = Author.of(by, reason)
        return bool(self._act("restart", author, lambda: self._fleet.supervise(message)))

    def stop(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Stop its actor for good; the fleet goes on without it."""
        self._act("stop", Author.of(by, reason), lambda: self._fleet.stop_model(self.id))

    def _switch(self, switch: Switch, reason: str, by: str) -> None:
        author = Author.of(by, reason)
        message = Operate(switch, author.reason)
        self._act(switch.value, author, lambda: self._member.ref.call(message))

    def _act(self, action: str, author: Author, work: Callable[[], Any]) -> Any:
        before: list[str] = []

        def deed() -> Any:
            before.append(self._told())
            return self._actions.deed(work)

        found = self._on_loop(deed)
        # After an actor that restarts meanwhile has answered: the loop tells what is true then.
        self._on_loop(lambda: self._actions.tell(action, self.id, author, before[0], self._told()))
        self._actions.keep()
        return found

    def _told(self) -> str:
        now, member = self._fleet.engine.now(), self._member
        return f"{member.status(now)}, breaker {member.state.breaker.snapshot(now).state}"
