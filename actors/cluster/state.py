"""What the peer of a process knows; it outlives its actor."""

from __future__ import annotations

from asyncio import Event, TimerHandle
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from typing import NamedTuple

from ..engine.reference import AnyRef
from ..policies.cluster.records import Report, Run, TrialEnd
from ..policies.health.alerts import Alerts
from ..policies.metrics.sketch import LatencySketch
from .link import Link
from .survey import Summary

URGENT = 0.2
"""Part of the usual time between exchanges that urgent news wait at least."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a peer talks to the owners. All are seconds."""

    every: float = 0.1
    idle_every: float = 1.0
    timeout: float = 0.5
    share_time: float = 3.0
    join: float = 2.0
    """How long a process that starts waits for its first share."""

    @property
    def word(self) -> float:
        """Seconds within which a peer comes back, even where one exchange gets lost."""
        return self.idle_every + 2 * self.timeout


class Pending(NamedTuple):
    """Outcomes that were sent, and not answered yet."""

    runs: tuple[Run, ...]
    ends: tuple[TrialEnd, ...]


@dataclass(slots=True, eq=False)
class PeerState:
    """A peer: `name` is its own in the cluster, never that of an earlier process."""

    name: str
    link: Link
    alone: str
    pace: Pace = field(default_factory=Pace)
    router: AnyRef | None = None
    """What hears how many processes there are."""
    models: dict[str, AnyRef] = field(default_factory=dict[str, AnyRef])
    stamps: dict[str, int] = field(default_factory=dict[str, int])
    """The newest view of each model that was heard in this epoch."""
    epoch: int = 0
    """The life of the owners that has answered last; 0: none has."""
    peers: int = 1
    joined: bool = False
    learning: bool = False
    fenced: bool = False
    seq: int = 0
    batch: int = 0
    pending: dict[str, Pending] | None = None
    answered_at: float = -inf
    """When the exchange was sent that was answered last."""
    exchanges: int = 0
    failed: int = 0
    error: str | None = None
    """What the last exchange came to, where it was not answered."""
    differ: set[str] = field(default_factory=set[str])
    is_urgent: bool = False
    """Whether something has happened that the owners should hear of at once."""
    is_short: bool = False
    """Whether calls find no place: the next exchange is not to be an idle one."""
    news: Event = field(default_factory=Event)
    first_answer: Event = field(default_factory=Event)
    lives: int = 0
    """How often the actor has started: what an earlier one has left running ends."""
    left: bool = False
    took: LatencySketch = field(default_factory=LatencySketch)
    """The seconds of the exchanges that were answered."""
    owner_changes: int = 0
    changed_at: deque[float] = field(default_factory=deque[float])
    stale: Counter[str] = field(default_factory=Counter[str])
    """Outcomes of each model that came too late to count."""
    alone_since: float | None = None
    """Since when no owner has answered; None: one does."""
    alerts: Alerts = field(default_factory=lambda: Alerts(300.0))
    alert_timer: TimerHandle | None = None
    asked: int = 0
    """The last question for a summary that was heard, and `summed` the last that was answered."""
    summed: int = 0
    summarize: Callable[[], Summary] = Summary
    """Says how the process is."""
    tells: Callable[[], bool] = lambda: False
    """Whether people are told of alerts here."""
    speaks: frozenset[str] = frozenset()
    """The topics whose alerts this process tells for all, see `Speakers`."""
    names_speakers: bool = False
    """Whether the owners say which peer tells what; those of an earlier release do not."""
    speaks_changed: Callable[[], object] = lambda: None

    def with_pending(self, reports: list[Report]) -> tuple[Report, ...]:
        """The reports, with the outcomes that were not answered in place of newer ones.

        Newer ones wait in their models until the batch under way is answered.
        """
        if self.pending is None:
            found = {r.model: Pending(r.runs, r.ends) for r in reports if r.runs or r.ends}
            if found:
                self.batch += 1
                self.pending = found
            return tuple(reports)
        none = Pending((), ())
        return tuple(
            replace(r, runs=(p := self.pending.get(r.model, none)).runs, ends=p.ends)
            for r in reports
        )
