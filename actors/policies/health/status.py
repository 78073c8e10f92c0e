"""What a model's health looks like from outside: status, event, snapshot."""

from __future__ import annotations

from dataclasses import dataclass
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
    """The status, why and since when (monotonic seconds), and what the last probes said."""

    status: ModelStatus
    reason: str
    since: float
    failed_probes: int
    last_probe_at: float | None
    last_probe_duration: float | None
    last_success_at: float | None
