"""Bugs to plant into the cluster: the simulation has to find each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.actors.policies.cluster import ledger, news, owned, shared_model, views
from hive_resilience.actors.policies.cluster.ledger import Claim, Ledger
from hive_resilience.actors.policies.cluster.share import Share
from hive_resilience.actors.policies.cluster.shared_model import Barred, SharedModel

from ..bug import Bug, Patch, always, skip
from .more_bugs import MORE_BUGS


def share_from_receipt(patch: Patch) -> None:
    """A share counts from when its answer has come: it outlasts the owner's book."""
    take_over = SharedModel.take_over

    def late(self: SharedModel, given: Any, *, sent_at: float, now: float, **more: Any) -> bool:
        return take_over(self, given, sent_at=now, now=now, **more)

    patch.setattr(SharedModel, "take_over", late)


def no_learning(patch: Patch) -> None:
    """A new owner lends at once what others still hold."""
    patch.setattr(Ledger, "learn", skip)


def starvation(patch: Patch) -> None:
    """A saturated peer gets what it has in flight: it never shrinks."""
    exchange = Ledger.exchange

    def greedy(self: Ledger, peer: str, *, in_flight: int, **more: Any) -> int:
        return max(in_flight, exchange(self, peer, in_flight=in_flight, **more))

    patch.setattr(Ledger, "exchange", greedy)


def seq_ignored(patch: Patch) -> None:
    """An exchange that comes twice counts twice."""
    patch.setattr(news.Heard, "take", always(True))


def older_view_adopted(patch: Patch) -> None:
    """A view that was overtaken is followed."""
    patch.setattr(views.Sight, "is_new", always(True))


def trial_never_expires(patch: Patch) -> None:
    """A trial that no call uses is kept for ever: no other peer gets one."""
    patch.setattr(SharedModel, "_return_old_trials", skip)
    patch.setattr(owned.OwnedModel, "_take_back_lost", skip)


def two_lenders(patch: Patch) -> None:
    """Owners that have been replaced go on to lend."""
    patch.setattr(Owners, "reached", _always_reached)


def _always_reached(self: Any) -> None:
    self._reached_at = float("inf")


def unsure_lender(patch: Patch) -> None:
    """Owners that may have been replaced lend once more what peers have given back."""
    patch.setattr(Owners, "is_sure", property(always(True)))


def claims_forgotten(patch: Patch) -> None:
    """A peer does not say what it holds."""
    patch.setattr(Share, "claim", always(Claim()))


def expired_share_used(patch: Patch) -> None:
    """A share goes on after its time."""
    patch.setattr(Share, "holds", always(True))
    patch.setattr(Share, "places", _places_for_ever)


def _places_for_ever(self: Any, _now: float) -> int:
    places: int = self._places
    return places


def view_not_asked(patch: Patch) -> None:
    """The breaker of the owner is shut, and the peer goes by its own."""
    bars = SharedModel.bars

    def lax(self: SharedModel, now: float, **more: Any) -> Barred | None:
        found = bars(self, now, **more)
        return None if found is Barred.VIEW else found

    patch.setattr(SharedModel, "bars", lax)


def trials_without_end(patch: Patch) -> None:
    """The owner hears of no end of a trial."""
    patch.setattr(owned.OwnedModel, "_end_trial", skip)


def open_forgotten(patch: Patch) -> None:
    """A new owner does not listen to what peers know of its breaker."""
    patch.setattr(owned.OwnedModel, "_learn", skip)


def batch_counted_again(patch: Patch) -> None:
    """Outcomes whose answer was lost count each time that they are sent."""
    take = news.Heard.take

    def forgetful(self: Any, peer: str, **more: Any) -> bool | None:
        return None if take(self, peer, **more) is None else True

    patch.setattr(news.Heard, "take", forgetful)


def peers_never_expire(patch: Patch) -> None:
    """The places of a dead peer stay lent."""
    patch.setattr(Ledger, "expire", always(()))


def last_lease_forgotten(patch: Patch) -> None:
    """The owner forgets what a peer holds whose next answer gets lost."""
    exchange = Ledger.exchange

    def forgetful(self: Ledger, peer: str, **more: Any) -> int:
        places = exchange(self, peer, **more)
        self._peers[peer].held = max(more["in_flight"], places)
        return places

    patch.setattr(Ledger, "exchange", forgetful)


def calls_forgotten(patch: Patch) -> None:
    """The owner does not count calls beyond the share, which go on."""
    exchange = Ledger.exchange

    def forgetful(self: Ledger, peer: str, *, in_flight: int, **more: Any) -> int:
        return exchange(self, peer, in_flight=0 * in_flight, **more)

    patch.setattr(Ledger, "exchange", forgetful)


def clocks_trusted(patch: Patch) -> None:
    """The owner waits no longer than the share holds by a peer's clock."""
    patch.setattr(ledger, "PATIENCE", 1.0)


def no_share_when_alone(patch: Patch) -> None:
    """Without an owner a peer goes on with the whole limit, whatever the settings say."""
    patch.setattr(shared_model, "part_alone", always(1.0))
    patch.setattr(SharedModel, "bars", always(None))


def told_twice(patch: Patch) -> None:
    """A peer tells each outcome twice."""
    add = news.News.add

    def twice(self: news.News, run: Any) -> None:
        add(self, replace(run, count=2 * run.count))

    patch.setattr(news.News, "add", twice)


BUGS = (
    Bug(told_twice, "outcomes counted", 0),
    Bug(share_from_receipt, "outlasts", 196),
    Bug(no_learning, "in flight", 13),
    Bug(starvation, "fair in the end", 2),
    Bug(seq_ignored, "outcomes counted", 3),
    Bug(older_view_adopted, "older view", 7),
    Bug(trial_never_expires, "trial", 7),
    Bug(two_lenders, "in flight", 16),
    Bug(expired_share_used, "in flight", 0),
    Bug(view_not_asked, "view that is shut", 4),
    Bug(batch_counted_again, "outcomes counted", 23),
    Bug(peers_never_expire, "in the end", 1),
    Bug(no_share_when_alone, "without a share", 2),
    Bug(calls_forgotten, "in flight", 2),
    Bug(trials_without_end, "in the end", 4),
    Bug(unsure_lender, "in flight", 114),
    Bug(open_forgotten, "forget that the breaker", 10),
    Bug(claims_forgotten, "than the book", 0),
    Bug(last_lease_forgotten, "than the book", 0),
    Bug(clocks_trusted, "outlasts", 37),
    *MORE_BUGS,
)
"""Each is found by the seed that stands beside it."""
