"""What each remedy does, and how it is taken back. All of it runs on the fleet's loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from ...actors.engine.future import LoopFuture
from ...actors.fleet_messages import CheckHealth, Operate, Reconfigure, Switch
from ...actors.policies.health.status import ModelStatus
from ...actors.policies.recovery.remedies import Remedy
from ...actors.policies.recovery.verification import NEEDED
from ...actors.supervision.messages import RestartChild
from ..fleet.fleet import Fleet
from ..fleet.member import Member, actor_name, workers_name


class RemedyError(Exception):
    """A remedy could not be taken; its text says why."""


class Deed(NamedTuple):
    """`do` takes a remedy, `undo` takes it back.

    `passes`: it is taken back when it has helped, too, as it is no state to stay in.
    """

    do: Callable[[Member], Awaitable[object]]
    undo: Callable[[Member], object] | None = None
    passes: bool = False


def deeds_of(fleet: Fleet, reload: Callable[[], Awaitable[object]]) -> Mapping[Remedy, Deed]:
    """The whole list for one fleet; `reload` reads its settings again."""
    deeds = _Deeds(fleet)

    async def read_again(member: Member) -> None:
        await reload()
        deeds.operate(member, Switch.RESET)

    return {
        Remedy.PROBE_NOW: Deed(deeds.probe),
        Remedy.RESET_BREAKER: Deed(deeds.reset_breaker, deeds.trip),
        Remedy.RESTART_ACTOR: Deed(deeds.restart_actor),
        Remedy.RESTART_WORKER: Deed(deeds.restart_workers),
        Remedy.HALF_LIMIT: Deed(deeds.half_limit, deeds.whole_limit, passes=True),
        Remedy.TAKE_OUT: Deed(deeds.take_out, deeds.put_back, passes=True),
        Remedy.RELOAD: Deed(read_again),
    }


async def is_well(fleet: Fleet, member: Member) -> bool:
    """Probe a model now; whether the probe passed."""
    future: LoopFuture[ModelStatus] = LoopFuture(fleet.engine)
    member.ref.send(CheckHealth(), future)
    await future.arrived()
    return member.state.health.last_error is None


class _Deeds:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def probe(self, member: Member) -> None:
        if not await is_well(self._fleet, member):
            raise RemedyError("its probe does not pass")

    async def reset_breaker(self, member: Member) -> None:
        for _ in range(NEEDED):
            await self.probe(member)
        self.operate(member, Switch.RESET)

    def trip(self, member: Member) -> None:
        self.operate(member, Switch.TRIP)

    async def restart_actor(self, member: Member) -> None:
        self._restart(actor_name(member.config.id))

    async def restart_workers(self, member: Member) -> None:
        self._restart(workers_name(member.config.id))

    async def half_limit(self, member: Member) -> None:
        limit = max(1, member.state.bulkhead.limit // 2)
        self._limit(member, limit)

    def whole_limit(self, member: Member) -> None:
        self._limit(member, member.config.bulkhead.max_concurrent)

    async def take_out(self, member: Member) -> None:
        self.operate(member, Switch.ENTER_MAINTENANCE)

    def put_back(self, member: Member) -> None:
        self.operate(member, Switch.LEAVE_MAINTENANCE)

    def operate(self, member: Member, switch: Switch) -> None:
        member.ref.call(Operate(switch, "recovery"))

    def _restart(self, child: str) -> None:
        if self._fleet.supervise(RestartChild(child)) is not True:
            raise RemedyError("it does not start")

    def _limit(self, member: Member, limit: int) -> None:
        """The model has other settings for a while; those of the fleet stay as they are."""
        config = member.config
        bulkhead = config.bulkhead.model_copy(update={"max_concurrent": limit})
        changed = config.model_copy(update={"bulkhead": bulkhead})
        member.ref.send(Reconfigure(changed, self._fleet.terms(changed, member.backend)))
