"""All processes of a cluster at one moment: frozen records for people and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from ....actors.policies.metrics.sketch import LatencySketch, LatencySnapshot


@dataclass(frozen=True, slots=True)
class PeerSnapshot:
    """A process of the cluster. `heard`: seconds since the owners heard of it last.

    `joined` False: not for the time of a share, so it is alone, or has ended without a word.
    `shares` are the places that it may have in use, by model. `figures_age`: seconds since it has
    said `host`, `pid`, `release` and `in_flight`; None: it has said nothing of itself.
    """

    id: str
    heard: float
    joined: bool
    shares: Mapping[str, int]
    host: str | None = None
    pid: int | None = None
    release: str | None = None
    in_flight: int | None = None
    figures_age: float | None = None


@dataclass(frozen=True, slots=True)
class FleetModelSnapshot:
    """A model in all processes: the breaker of its owner, and sums over `peers` processes.

    `breaker` None: no process says. `retry_after` is seconds until the breaker may let a trial
    through. `limit` is places, `lent` those that peers may have in use. Counts are those since
    each process added the model, `calls` all attempts that have ended; `latency` has seconds of
    those that succeeded. `stale`: outcomes that came too late to count. `speaker`: the process
    that tells people of this model's alerts.
    """

    model_id: str
    breaker: str | None = None
    reason: str = ""
    retry_after: float = 0.0
    parked_for: float = 0.0
    limit: int | None = None
    lent: int = 0
    peers: int = 0
    in_flight: int = 0
    waiting: int = 0
    calls: int = 0
    successes: int = 0
    failures: int = 0
    timeouts: int = 0
    cancelled: int = 0
    rejected: int = 0
    latency: LatencySnapshot = field(default_factory=lambda: LatencySketch().snapshot())
    trials: int = 0
    stale: int = 0
    settings_differ: bool = False
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class FleetSnapshot:
    """A whole fleet, by its `name` in the Ray cluster; `at` is wall-clock time.

    `epoch` names one life of the owners. `learning`: they are new, and lend what is claimed alone;
    `fenced`: they lend nothing, as others may have taken their place. `error`: why the owners have
    not answered; then there is the process alone that was asked.
    """

    at: datetime
    name: str
    epoch: int
    learning: bool
    fenced: bool
    error: str | None
    peers: tuple[PeerSnapshot, ...]
    models: dict[str, FleetModelSnapshot]

    def to_json(self) -> bytes:
        """The snapshot as JSON; infinite waits become null."""
        return orjson.dumps(self)
