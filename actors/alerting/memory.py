"""What a later process should know of the alerts of this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from ..policies.alerting.machine import AlertState
from ..policies.alerting.rules import Minute
from ..policies.health.alerts import AlertCondition, AlertSeverity


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as it is now; a later row of the same fingerprint takes its place.

    A row whose state is RESOLVED says that there is nothing to go on with.
    """

    fingerprint: str
    condition: AlertCondition
    rule: str | None
    model_id: str | None
    severity: AlertSeverity
    state: AlertState
    text: str
    numbers: Mapping[str, float]
    labels: Mapping[str, str]
    """Those of its own."""
    since: datetime
    ended: datetime | None
    acknowledged_by: str | None
    acknowledged_reason: str | None
    told_on: tuple[str, ...]
    escalated: bool


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence; `ended`: it is over before its time."""

    id: str
    match: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    by: str
    comment: str
    ended: bool = False


Row: TypeAlias = AlertRow | SilenceRow


class AlertMemory(Protocol):
    """Keeps rows from one process to the next."""

    async def load(self) -> tuple[Row, ...]:
        """The newest row of each alert and silence that is not over."""
        ...

    async def tasks(self, span: float) -> tuple[Minute, ...]:
        """How tasks of the last `span` seconds ended in former processes, the oldest first."""
        ...

    def save(self, row: Row) -> None:
        """Keep a row. Never waits, and never fails."""
        ...
