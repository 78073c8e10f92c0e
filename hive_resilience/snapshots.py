"""Frozen records of one moment: of a runtime, its models, its actors and its rules."""

from .actors.policies.breaker.states import BreakerSnapshot
from .actors.policies.degradation.levels import (
    Degradation,
    DegradationLevel,
    DegradationStatus,
    LevelHold,
    LevelSignal,
)
from .actors.policies.health.status import HealthSnapshot
from .actors.policies.limits.bulkhead import BulkheadSnapshot
from .actors.policies.limits.rate_limit import RateLimitSnapshot
from .actors.policies.metrics.sketch import LatencySnapshot
from .actors.policies.metrics.snapshot import MetricsSnapshot, TokenCounts
from .actors.policies.outcomes.usage import Usage
from .actors.policies.recovery.records import RecoveryStatus, RemedyOutcome, RemedyRecord
from .actors.policies.restart import RestartSnapshot
from .actors.policies.retry_budget import RetryBudgetSnapshot
from .actors.snapshots import ChildSnapshot, ModelSnapshot, RouterSnapshot
from .runtime.cluster.overview.fleet_snapshot import (
    FleetModelSnapshot,
    FleetSnapshot,
    PeerSnapshot,
)
from .runtime.observability.snapshot import (
    ClusterSnapshot,
    DrainReport,
    RuntimeSnapshot,
    ShareSnapshot,
)
from .runtime.standalone.batch import RetrySettled
from .runtime.standalone.statistics import RetryStatisticsSnapshot

__all__ = [
    "BreakerSnapshot",
    "BulkheadSnapshot",
    "ChildSnapshot",
    "ClusterSnapshot",
    "Degradation",
    "DegradationLevel",
    "DegradationStatus",
    "DrainReport",
    "FleetModelSnapshot",
    "FleetSnapshot",
    "HealthSnapshot",
    "LatencySnapshot",
    "LevelHold",
    "LevelSignal",
    "MetricsSnapshot",
    "ModelSnapshot",
    "PeerSnapshot",
    "RateLimitSnapshot",
    "RecoveryStatus",
    "RemedyOutcome",
    "RemedyRecord",
    "RestartSnapshot",
    "RetryBudgetSnapshot",
    "RetrySettled",
    "RetryStatisticsSnapshot",
    "RouterSnapshot",
    "RuntimeSnapshot",
    "ShareSnapshot",
    "TokenCounts",
    "Usage",
]
