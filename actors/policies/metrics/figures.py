"""The books of a fleet at one moment: counters that only grow, and sketches that merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..breaker.states import State
from ..health.status import ModelStatus
from .sketch import LatencySketch
from .snapshot import TokenCounts as TokenCounts


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """One model since it was added. Spans are seconds; sketches are copies.

    `durations` are those of the attempts that succeeded (a stream's until its end),
    `other_durations` those of the attempts that failed or ran out of time, `first_contents` the
    time to the first content of streams. `rejections` counts by reason the calls that it has not
    taken, and the tasks that were dispatched past it as it could not serve (see `reasons`).
    `transitions` counts the moves of the breaker by the state that they led to.
    """

    model_id: str
    status: ModelStatus
    breaker: State
    successes: int
    failures: int
    timeouts: int
    cancelled: int
    rejected: int
    retries: int
    failovers: int
    hedged: int
    """Calls beside which another model was asked; of those that are over, `hedges_won` were
    overtaken, and `hedges_lost` were not."""
    hedges_won: int
    hedges_lost: int
    abandoned: int
    faults: Mapping[str, int]
    rejections: Mapping[str, int]
    transitions: Mapping[str, int]
    tokens: TokenCounts
    durations: LatencySketch
    other_durations: LatencySketch
    first_contents: LatencySketch
    under_way: int
    limit: int
    """Calls at once that its bulkhead has room for now."""
    waiting: int
    requests_left: float | None
    tokens_left: float | None
    retry_budget: float | None
    """Share of the retry budget that is there; None: no budget."""
    restarts: int
    cost: float = 0.0
    """What its answers have cost by its prices, those of failed attempts included."""
    configured_limit: int = 0
    """Calls at once that its settings allow; `limit` is below it where it adapts."""
    throttled: Mapping[str, float] = field(default_factory=dict[str, float])
    """The share of calls that is not made now, by priority; empty where throttling is off."""
    retries_won: int = 0
    """Attempts after the first one at this model that have succeeded."""
    unanswered: Mapping[str, int] = field(default_factory=dict[str, int])
    """What attempts have used that did not succeed: tokens by kind, and `cost` in millionths."""
    label: str = ""
    """What metrics call it: its id, or the common name of all models beyond the first 200."""
    hits: Mapping[str, int] = field(default_factory=dict[str, int])
    """What experiments have hit, by the kind of the fault."""
    injected: Mapping[str, int] = field(default_factory=dict[str, int])
    """Those of the `failures` and `timeouts` that experiments have hit."""


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """The tasks of the whole fleet since the start, as the router counts them.

    `refused` got no turn; all others were dispatched, and `failed` are those of them that no model
    has answered. Each task counts once, at its end; those that were refused or
    cancelled have no duration. `waiting` for their turn or for a place at a model. `fallbacks`
    counts answers by the pair of the model that was meant and the model that answered.
    """

    succeeded: int
    failed: int
    refused: int
    cancelled: int
    durations: LatencySketch
    """Of the tasks that a model answered."""
    other_durations: LatencySketch
    in_flight: int
    waiting: int
    fallbacks: Mapping[tuple[str, str], int]
    strategies: Mapping[str, int]
    injected: int = 0
    """The failed tasks that an experiment has hit; they are among `failed` too."""


@dataclass(frozen=True, slots=True)
class ClusterFigures:
    """This process in its cluster since the start: `exchanges` with the owners, `failed` ones too.

    `durations` are those of the answered ones, in seconds. `places` is the share of each model,
    `stale` counts its outcomes that came too late to count.
    """

    joined: bool
    peers: int
    exchanges: int
    failed: int
    durations: LatencySketch
    owner_changes: int
    places: Mapping[str, int]
    stale: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FleetFigures:
    """All of it at `now`, monotonic seconds of the engine's clock.

    `gone` sums the counters of removed models that had the common name `OTHER` in metrics.
    """

    now: float
    tasks: TaskFigures
    models: tuple[ModelFigures, ...]
    restarts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Restarts of each supervised actor."""
    dead_letters: Mapping[str, int] = field(default_factory=dict[str, int])
    events_dropped: int = 0
    dropped_by: Mapping[str, int] = field(default_factory=dict[str, int])
    """Events that subscribers have lost as they were too slow, by the name of the listener."""
    alerts: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """How many alerts hold now, by condition and severity; empty where no part counts them."""
    level: int = 0
    """How degraded the fleet is: 0 for none, up to 4 for critical."""
    remedies: Mapping[str, int] = field(default_factory=dict[str, int])
    """What recovery has done, by outcome."""
    gone: ModelFigures | None = None
    named: frozenset[str] = frozenset()
    """The models, present and past, that metrics call by their ids."""
    cluster: ClusterFigures | None = None
    """This process in its cluster; None: it is in none."""
