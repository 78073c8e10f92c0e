"""The whole fleet as its owners know it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from .survey import FleetTold, ModelTold, PeerTold

if TYPE_CHECKING:
    from ..policies.cluster.owned import OwnedModel
    from ..policies.cluster.speakers import Speakers
    from .survey import Survey


def told(
    epoch: int,
    owned: Collection[OwnedModel],
    heard: Mapping[str, float],
    survey: Survey,
    speakers: Speakers,
    now: float,
    *,
    share_time: float,
    fenced: bool,
) -> FleetTold:
    """Peers and models; `heard` has the seconds since each peer was heard last."""
    lent = {one.model: one.ledger.lent(now) for one in owned}
    return FleetTold(
        epoch=epoch,
        learning=any(one.ledger.is_learning(now) for one in owned),
        fenced=fenced,
        peers=tuple(_peers(heard, lent, survey, share_time)),
        models=tuple(_model(one, lent[one.model], speakers, now) for one in owned),
    )


def _peers(
    heard: Mapping[str, float],
    lent: Mapping[str, Mapping[str, int]],
    survey: Survey,
    share_time: float,
) -> Iterable[PeerTold]:
    for peer, age in sorted(heard.items()):
        summary, of = survey.of(peer)
        places = {model: by[peer] for model, by in lent.items() if peer in by}
        yield PeerTold(peer, age, age < share_time, places, summary, of)


def _model(one: OwnedModel, lent: Mapping[str, int], speakers: Speakers, now: float) -> ModelTold:
    return ModelTold(
        model=one.model,
        view=one.view(now),
        limit=one.limits.places,
        lent=sum(lent.values()),
        peers=one.ledger.peers,
        trials=one.trials_out(),
        counted=one.counted,
        stale=one.stale,
        differ=one.differ,
        speaker=speakers.of(one.model, now),
    )
