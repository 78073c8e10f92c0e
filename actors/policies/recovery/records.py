"""What recovery has done: frozen records for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class RemedyOutcome(StrEnum):
    """What became of a remedy."""

    HELPED = "helped"
    FAILED = "failed"
    TOLD = "told"
    """Only told, as `dry_run` is set."""
    BUILT_IN = "built_in"
    """A breaker, a probe or a supervisor did it: no recovery was needed."""


@dataclass(frozen=True, slots=True)
class RemedyRecord:
    """One remedy, begun `at` (wall-clock time); `duration` is seconds until it was sure.

    `before` and `after` say how the model was, `error` why the remedy has not helped.
    """

    model_id: str
    remedy: str
    reason: str
    at: datetime
    duration: float
    outcome: RemedyOutcome
    before: str
    after: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RecoveryStatus:
    """What recovery does and has done. `records` has the last hundred, the newest first.

    `busy` is the model that gets a remedy now; `gave_up` are the models that are left alone after
    too many. `counts` counts the outcomes since the start.
    """

    enabled: bool
    dry_run: bool
    remedies: tuple[str, ...]
    """Those that are switched on."""
    busy: str | None = None
    gave_up: tuple[str, ...] = ()
    records: tuple[RemedyRecord, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
