"""What an operator holds in the hand: one model of a running fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..actors.engine.future import LoopFuture
from ..actors.fleet_messages import CheckHealth, Operate, Switch
from ..actors.policies.health.status import ModelStatus
from ..actors.policies.outcomes.errors import InvalidRequestError
from ..actors.snapshots import ModelSnapshot
from ..actors.supervision.messages import RestartChild

if TYPE_CHECKING:
    from pykka import Future

    from .fleet.fleet import Fleet
    from .fleet.member import Member
    from .portal.portal import OnLoop


class ModelHandle:
    """One model of a running fleet, from any thread. A call is done when it returns."""

    __slots__ = ("_fleet", "_member", "_on_loop")

    def __init__(self, fleet: Fleet, member: Member, on_loop: OnLoop) -> None:
        self._fleet = fleet
        self._member = member
        self._on_loop = on_loop

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

    def trip(self, reason: str = "operator") -> None:
        """Open its breaker for a recovery timeout. Raises `InvalidRequestError` for no text."""
        if not isinstance(reason, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError(f"a reason is a text, not a {type(reason).__name__}")
        self._switch(Switch.TRIP, reason)

    def reset(self) -> None:
        """Close its breaker and forget its failures."""
        self._switch(Switch.RESET)

    def force_open(self) -> None:
        """Keep its breaker open until `reset`."""
        self._switch(Switch.FORCE_OPEN)

    def disable(self) -> None:
        """Let every call through its breaker and count nothing, until `reset`."""
        self._switch(Switch.DISABLE)

    def metrics_only(self) -> None:
        """Let its breaker count but never open, until `reset`."""
        self._switch(Switch.METRICS_ONLY)

    def enter_maintenance(self) -> None:
        """Send it no more tasks; running tasks go on."""
        self._switch(Switch.ENTER_MAINTENANCE)

    def leave_maintenance(self) -> None:
        """Send it tasks again."""
        self._switch(Switch.LEAVE_MAINTENANCE)

    def restart(self) -> bool:
        """Restart its actor, also out of quarantine; False if it did not start."""
        return bool(self._supervise(RestartChild(self._name)))

    def stop(self) -> None:
        """Stop its actor for good; the fleet goes on without it."""
        self._on_loop(lambda: self._fleet.stop_model(self.id))

    @property
    def _name(self) -> str:
        return f"model:{self.id}"

    def _switch(self, switch: Switch, reason: str = "") -> None:
        self._on_loop(lambda: self._member.ref.call(Operate(switch, reason)))

    def _supervise(self, message: Any) -> Any:
        return self._on_loop(lambda: self._fleet.supervise(message))
