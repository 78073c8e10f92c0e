"""More bugs to plant into the cluster: what a change of the code might break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.actors.cluster.state import PeerState
from hive_resilience.actors.cluster_messages import ReportHeard
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster import ledger, owned, views
from hive_resilience.actors.policies.cluster.ledger import Ledger
from hive_resilience.actors.policies.cluster.rates import FleetRate, PeerRate
from hive_resilience.actors.policies.parking import Parking
from hive_resilience.actors.policies.retry_budget import RetryBudget

from ..bug import Bug, Patch, always, skip


def grants_not_booked(patch: Patch) -> None:
    """What is granted of a rate does not leave the owner's book."""
    grant = FleetRate.grant

    def unbooked(self: FleetRate, *args: Any, **more: Any) -> int:
        given = grant(self, *args, **more)
        self._granted.give_back(given)
        return given

    patch.setattr(FleetRate, "grant", unbooked)


def debts_forgotten(patch: Patch) -> None:
    """The tokens of an answer beyond what a peer held are forgotten."""
    use = PeerRate.use

    def lenient(self: PeerRate, amount: float, now: float) -> None:
        use(self, amount, now)
        self.level = max(0.0, self.level)

    patch.setattr(PeerRate, "use", lenient)


def nothing_granted(patch: Patch) -> None:
    """What is free of a rate is not granted."""
    patch.setattr(FleetRate, "grant", always(0))


def sent_again_as_new(patch: Patch) -> None:
    """Outcomes that were not answered are sent again as another batch."""
    with_pending = PeerState.with_pending

    def renumbered(self: PeerState, reports: Any) -> Any:
        if self.pending is not None:
            self.batch += 1
        return with_pending(self, reports)

    patch.setattr(PeerState, "with_pending", renumbered)


def first_come(patch: Patch) -> None:
    """The first peer by name gets all that it wants."""

    def in_order(limit: int, wants: Mapping[str, int], _turn: int = 0) -> dict[str, int]:
        shares = dict[str, int]()
        for peer, want in sorted(wants.items()):
            shares[peer] = min(want, limit - sum(shares.values()))
        return shares

    patch.setattr(ledger, "fair_shares", in_order)


def places_kept_at_the_end(patch: Patch) -> None:
    """A peer that has said that it ends keeps its places until its time is over."""
    patch.setattr(Ledger, "leave", skip)


def reserve_not_divided(patch: Patch) -> None:
    """Each process has the whole reserve of retries."""
    patch.setattr(RetryBudget, "divide", skip)


def all_probe(patch: Patch) -> None:
    """Each process probes the model for the fleet."""
    patch.setattr(owned.OwnedModel, "_is_prober", always(True))


def shares_outlast_the_fence(patch: Patch) -> None:
    """Owners that may soon be replaced lend for as long as ever."""

    async def lend(self: Owners, ref: Any, peer: str, report: Any, counts: bool) -> Any:
        return await ref.request(ReportHeard(peer, report, counts, self.is_sure))

    patch.setattr(Owners, "_share", lend)


def order_forgotten(patch: Patch) -> None:
    """A new owner does not keep open what an operator has opened for good."""
    claimed = views.claimed

    def forgetful(view: Any, *args: Any) -> None:
        if view.state is not State.FORCED_OPEN:
            claimed(view, *args)

    patch.setattr(owned, "claimed", forgetful)


def parking_shortened(patch: Patch) -> None:
    """The last answer says how long to wait, also where another one has said longer."""

    def follow(self: Parking, now: float, seconds: float) -> None:
        self.until = now + seconds

    patch.setattr(Parking, "lengthen", follow)


def parking_not_told(patch: Patch) -> None:
    """A provider has one peer wait, and the owner does not tell the others."""
    view_of = views.view_of

    def silent(*args: Any) -> Any:
        return replace(view_of(*args), parked=0.0)

    patch.setattr(owned, "view_of", silent)


MORE_BUGS = (
    Bug(grants_not_booked, "in a minute", 1),
    Bug(debts_forgotten, "tokens in a minute", 12),
    Bug(nothing_granted, "and not used", 1),
    Bug(sent_again_as_new, "outcomes counted", 23),
    Bug(first_come, "fair in the end", 0),
    Bug(places_kept_at_the_end, "has left", 3),
    Bug(reserve_not_divided, "part of the retries", 0),
    Bug(all_probe, "probe at once", 0),
    Bug(shares_outlast_the_fence, "in flight", 46),
    Bug(order_forgotten, "forget that the breaker", 13),
    Bug(parking_shortened, "before the provider's time", 30),
    Bug(parking_not_told, "than the owner has it wait", 7),
)
"""Each is found by the seed that stands beside it."""
