"""Every message about a fleet of many processes: between the peer's actor, models and owners."""

from __future__ import annotations

from typing import NamedTuple

from .policies.cluster.records import Report, ShareGiven, View


class GatherReport(NamedTuple):
    """To a model: the news for its owner. Answer: `Report`. `fresh`: outcomes are taken out.

    The model also looks whether its share still holds.
    """

    fresh: bool


class TakeShare(NamedTuple):
    """To a model: its owner's answer to the exchange of `sent_at`; there are so many peers.

    `learning`: the owners are new, and do not know of all peers yet.
    """

    given: ShareGiven
    sent_at: float
    peers: int
    learning: bool = False


class TakeView(NamedTuple):
    """To a model: its breaker has moved in the fleet."""

    view: View


class NewsOf(NamedTuple):
    """To the peer's actor: this model has news that cannot wait; or else its share is too short."""

    model: str
    urgent: bool = True


class OperateFleet(NamedTuple):
    """To the peer's actor: an operator's verb for a model, for the other processes too."""

    model: str
    switch: str
    reason: str


class SettingsDiffer(NamedTuple):
    """To the peer's actor: other peers have other settings for this model, or not any more."""

    model: str
    differ: bool


class ReportHeard(NamedTuple):
    """To an owner: a peer's news of its model. Answer: `ShareGiven`.

    `counts`: its outcomes are new; `sure`: the owner is the only one.
    """

    peer: str
    report: Report
    counts: bool
    sure: bool


class PeerLeft(NamedTuple):
    """To an owner: a peer has ended."""

    peer: str


class Ruled(NamedTuple):
    """To an owner: an operator's verb. Answer: the view that follows."""

    switch: str
    reason: str
