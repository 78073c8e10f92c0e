"""The whole fleet from what its owners and its peers say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache

from ....actors.cluster.survey import FleetTold, ModelSums, ModelTold, PeerTold, Summary
from ....actors.policies.metrics.figures import ModelFigures
from ....actors.policies.metrics.sketch import LatencySketch
from .fleet_snapshot import FleetModelSnapshot, PeerSnapshot

_COUNTS = (
    *("successes", "failures", "timeouts", "cancelled", "rejected"),
    *("in_flight", "waiting"),
)


@cache
def release() -> str:
    """The release of this library."""
    from importlib.metadata import version  # it takes its time, and few processes need it

    return version("hive-resilience")


def sums_of(figures: ModelFigures) -> ModelSums:
    """What a process says of one of its models."""
    return ModelSums(
        model=figures.model_id,
        successes=figures.successes,
        failures=figures.failures,
        timeouts=figures.timeouts,
        cancelled=figures.cancelled,
        rejected=figures.rejected,
        in_flight=figures.under_way,
        waiting=figures.waiting,
        durations=figures.durations.to_text() if figures.successes else "",
    )


def peers_of(told: FleetTold) -> tuple[PeerSnapshot, ...]:
    """A row for each peer."""
    return tuple(_peer(one) for one in told.peers)


def models_of(told: FleetTold) -> dict[str, FleetModelSnapshot]:
    """The sums of each model, over the peers that have said how they are."""
    summaries = [one.summary for one in told.peers if one.summary is not None]
    return {one.model: _summed(_of_owner(one), _of(one.model, summaries)) for one in told.models}


def models_here(summary: Summary, states: Mapping[str, str]) -> dict[str, FleetModelSnapshot]:
    """As `models_of`, of this process alone; `states` are those of its own breakers."""
    return {
        one.model: _summed(FleetModelSnapshot(one.model, states.get(one.model)), (one,))
        for one in summary.models
    }


def peer_here(name: str, summary: Summary, shares: Mapping[str, int]) -> PeerSnapshot:
    """The row of a process that no owner knows of now."""
    return _peer(PeerTold(name, 0.0, False, dict(shares), summary))


def _of(model: str, summaries: Iterable[Summary]) -> list[ModelSums]:
    return [one for summary in summaries for one in summary.models if one.model == model]


def _peer(one: PeerTold) -> PeerSnapshot:
    summary = one.summary
    row = PeerSnapshot(one.peer, one.heard, one.joined, one.places)
    if summary is None:
        return row
    return replace(
        row,
        host=summary.host or None,
        pid=summary.pid or None,
        release=summary.release or None,
        in_flight=sum(each.in_flight for each in summary.models),
        figures_age=one.age,
    )


def _of_owner(one: ModelTold) -> FleetModelSnapshot:
    view = one.view
    return FleetModelSnapshot(
        model_id=one.model,
        breaker=view.state.value,
        reason=view.reason,
        retry_after=view.seconds,
        parked_for=view.parked,
        limit=one.limit,
        lent=one.lent,
        trials=one.trials,
        stale=one.stale,
        settings_differ=one.differ,
        speaker=one.speaker or None,
    )


def _summed(row: FleetModelSnapshot, sums: Iterable[ModelSums]) -> FleetModelSnapshot:
    found = list(sums)
    durations = LatencySketch()
    for one in found:
        with suppress(ValueError):  # of a release that writes other sketches
            if one.durations:
                durations.merge(LatencySketch.from_text(one.durations))
    counts = {name: sum(getattr(one, name) for one in found) for name in _COUNTS}
    ended = counts["successes"] + counts["failures"] + counts["timeouts"] + counts["cancelled"]
    return replace(row, peers=len(found), calls=ended, latency=durations.snapshot(), **counts)
