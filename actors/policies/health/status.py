"""What a model's health looks like from outside: status, event, snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ModelStatus(StrEnum):
    """What to expect of a model."""

    AVAILABLE = "available"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A model's status changed; `at` is monotonic seconds."""

    previous: ModelStatus
    status: ModelStatus
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """The status, why and since when (monotonic seconds), and what the last probes said.

    `last_check_at` is the wall-clock time of the last probe, `last_error` why the last failed probe
    failed, until one passes; without keys, and short. `error_rate` is the share of the last
    minutes' calls that failed; None: too few calls, or none of them failed. `limit` is how many
    calls at once the model may have now.
    """

    status: ModelStatus
    reason: str
    since: float
    failed_probes: int
    last_probe_at: float | None
    last_probe_duration: float | None
    last_success_at: float | None
    last_check_at: datetime | None = None
    last_error: str | None = None
    error_rate: float | None = None
    limit: int = 0
