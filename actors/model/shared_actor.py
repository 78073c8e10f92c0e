"""The actor of a model that many processes share: it obeys its owner beside its own policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..cluster_messages import (
    GatherReport,
    NewsOf,
    OperateFleet,
    SettingsDiffer,
    TakeShare,
    TakeView,
)
from ..fleet_messages import Operate, ProbeDue, Reconfigure, Switch
from .actor import ModelActor
from .load_control import LoadControl
from .shared_admission import SharedAdmission, SharedSettlement

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..engine.reference import AnyRef
    from ..events import Publish
    from ..policies.cluster.records import Report
    from ..policies.cluster.shared_model import SharedModel
    from .state import ModelState


SHRUNK = 0.75
"""Part of its share that a model keeps at most, where the owner should hear soon what is free."""
_OF_THIS_PROCESS = frozenset({Switch.ENTER_MAINTENANCE, Switch.LEAVE_MAINTENANCE})


@dataclass(slots=True, eq=False)
class Membership:
    """How a model takes part in a cluster: what it shares, and the peer's actor."""

    shared: SharedModel
    peer: AnyRef
    adopt: Callable[[ModelState], None]
    """Brings `shared` in line with other settings of the model."""


class SharedModelActor(ModelActor):
    """As `ModelActor`; the share and the view survive its crash in `membership`."""

    def __init__(
        self, state: ModelState, router: AnyRef, publish: Publish, membership: Membership
    ) -> None:
        super().__init__(state, router, publish)
        self._membership, self._shared = membership, membership.shared
        shared, tell = self._shared, self._tell_peer
        self._shared_admission = SharedAdmission(state, self.actor_ref, router, shared, tell)
        self._admission = self._shared_admission
        self._settlement = SharedSettlement(
            state, self._admission, self._readiness, self._changes, shared, tell
        )
        self._load = LoadControl(state, self._admission, self._settlement)
        self._entry, self._exit = self._load.doors()

    def _obey(self, message: object, now: float) -> object:
        match message:
            case GatherReport(fresh):
                self._follow(now, moved=False)  # the share may be over, and another rule hold
                return self._report(now, fresh=fresh)
            case TakeShare():
                self._take_share(message, now)
            case TakeView(view):
                if self._shared.scope.breaker:
                    moved = self._shared.sight.adopt(view, self._state.breaker, now)
                    self._follow(now, moved=moved)
            case Operate(switch, reason):
                super()._obey(message, now)
                if self._shared.scope.breaker and switch not in _OF_THIS_PROCESS:
                    asked = OperateFleet(self._shared.model, switch.value, reason)
                    self._membership.peer.send(asked)
            case Reconfigure():
                super()._obey(message, now)
                self._membership.adopt(self._state)
                self._follow(now, moved=False)
            case _:
                return super()._obey(message, now)
        return None

    def _hear_of_health(self, message: object, now: float) -> object:
        if type(message) is ProbeDue and self._leaves_probes_to_another(now):
            self._health.schedule(now)
            return None
        return super()._hear_of_health(message, now)

    def _leaves_probes_to_another(self, now: float) -> bool:
        """Whether another process probes for the fleet, and no own probe has anything to mend."""
        shared = self._shared
        mends = not self._state.health.probes_are_well
        return not mends and shared.share.holds(now) and not shared.may_probe

    def _probed(self, now: float, duration: float, error: BaseException | None) -> None:
        super()._probed(now, duration, error)
        if error is None and self._shared.sight.is_shut():
            self._shared.probe_passed = True
            self._tell_peer()

    def _report(self, now: float, *, fresh: bool) -> Report:
        state = self._state
        return self._shared.report(
            now,
            in_flight=state.bulkhead.in_flight,
            waiting=state.place_wanted,
            breaker=state.breaker,
            fresh=fresh,
        )

    def _take_share(self, message: TakeShare, now: float) -> None:
        shared, given = self._shared, message.given
        if given.differ != shared.differ:
            self._membership.peer.send(SettingsDiffer(shared.model, given.differ))
        before = shared.share.places(now)
        if before and given.places <= before * SHRUNK:
            self._tell_peer()  # others wait for what is given back
        moved = shared.take_over(
            given,
            sent_at=message.sent_at,
            now=now,
            peers=message.peers,
            learning=message.learning,
            breaker=self._state.breaker,
        )
        self._state.budget.divide(shared.peers)
        self._follow(now, moved=moved or given.trial is not None)

    def _follow(self, now: float, *, moved: bool) -> None:
        """What follows from another share or view, for calls, for the line and for the router."""
        self._shared.prepare()
        if moved or not self._state.breaker.gate.quiet:
            self._changes.after_change(now)
        self._shared_admission.offer(now)

    def _tell_peer(self, *, urgent: bool = True) -> None:
        self._membership.peer.send(NewsOf(self._shared.model, urgent))
