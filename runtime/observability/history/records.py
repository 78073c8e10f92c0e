"""What a history keeps: frozen records, and the protocol of a store for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from ....actors.policies.metrics.sketch import LatencySketch

SCHEMA = 1
"""Version of the records; a store of another version says so, and writes nothing."""

MINUTE, HOUR = 60, 3_600
"""Seconds."""


class RecordKind(StrEnum):
    """What may be read."""

    SERIES = "series"
    EVENTS = "events"
    AUDIT = "audit"
    ALERTS = "alerts"
    GAPS = "gaps"


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """What happened in `span` seconds from `at` on: at a model, or without one at the whole fleet.

    Of the fleet, the counts are those of tasks: `successes` were answered, `rejected` refused.
    `under_way` and `waiting` are the most that were seen at once, `limit`, `status` and `breaker`
    the last. `details` counts by name: `faults`, `rejections`, `transitions` of the breaker, `hits`
    of chaos experiments by the fault, and as `injected` those of the failures and timeouts that
    were hit, `strategies`, `retries` that have `won`, what was used `unanswered` (tokens, and cost
    in millionths), and `fallbacks` by a JSON list of the two models. Sketches are read only.
    """

    at: datetime
    model_id: str | None = None
    span: int = MINUTE
    successes: int = 0
    failures: int = 0
    timeouts: int = 0
    cancelled: int = 0
    rejected: int = 0
    retries: int = 0
    failovers: int = 0
    hedged: int = 0
    hedges_won: int = 0
    hedges_lost: int = 0
    abandoned: int = 0
    restarts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float = 0.0
    under_way: int = 0
    waiting: int = 0
    limit: int | None = None
    status: str | None = None
    breaker: str | None = None
    details: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    durations: LatencySketch | None = None
    other_durations: LatencySketch | None = None
    first_contents: LatencySketch | None = None
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event: its class, and those of its fields that have no text of others in them."""

    at: datetime
    event: str
    model_id: str | None
    fields: Mapping[str, object]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An action: what was done to what, by whose hand, and why; `automatic`: by the runtime."""

    at: datetime
    action: str
    target: str | None
    by: str
    reason: str
    before: str | None
    after: str | None
    automatic: bool
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert was `raised` or `resolved`; `since` is when its condition began to hold."""

    at: datetime
    change: str
    condition: str
    severity: str
    model_id: str | None
    message: str
    since: datetime
    rule: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    fingerprint: str | None = None
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing, or not everything, was kept from `at` to `until`; `dropped` records are lost."""

    at: datetime
    until: datetime
    reason: str
    dropped: int
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a later process goes on with: the newest `row` of a `key` holds, and None forgets it."""

    at: datetime
    key: str
    row: str | None
    schema: int = SCHEMA


Record: TypeAlias = SeriesPoint | EventRow | AuditRow | AlertRow | Gap
Stored: TypeAlias = Record | Remembered


class HistorySource(Protocol):
    """Where records are read; `open_history` gives one, and each store is one."""

    def read(
        self,
        kind: RecordKind,
        since: datetime | None = None,
        until: datetime | None = None,
        model: str | None = None,
        step: int = MINUTE,
    ) -> Iterator[Record]:
        """The records of `since <= at < until`, oldest first, of all models or of one.

        Points of a series come in steps of so many seconds. Where the minutes are gone already, the
        step is an hour.
        """
        ...


class HistoryStore(HistorySource, Protocol):
    """Where records are kept. One thread calls it."""

    def append(self, batch: Iterable[Record]) -> None:
        """Keep all of these or, where that fails, none. Points of one minute add up."""
        ...

    def close(self) -> None:
        """Write what waits and let go of the file."""
        ...
