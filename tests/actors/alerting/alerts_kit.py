"""A fleet whose alerts are told, and people that write down what they hear and when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from hive_resilience import CircuitBreakerConfig, Runtime, RuntimeConfig
from hive_resilience.actors.alerting.memory import AlertRow, Row, SilenceRow
from hive_resilience.actors.alerting.notification import DeliveryError, Notification
from hive_resilience.actors.policies.alerting.machine import AlertState
from hive_resilience.actors.policies.alerting.rules import Minute
from hive_resilience.config import AlertsConfig
from hive_resilience.config.settings.observability.channels import CallbackChannelConfig
from hive_resilience.runtime.observability.alerting import Alerting

from ...fleet_kit import fleet, model

Told = tuple[float, str, tuple[str, ...]]


class Pager:
    """A channel. It takes nothing while it is `broken`, and raises then."""

    def __init__(self, name: str = "pager") -> None:
        self.name = name
        self.broken = False
        self.heard: list[tuple[float, Notification]] = []

    async def take(self, notification: Notification) -> None:
        if self.broken:
            raise DeliveryError("out of paper")
        self.heard.append((asyncio.get_running_loop().time(), notification))

    @property
    def settings(self) -> CallbackChannelConfig:
        return CallbackChannelConfig(name=self.name, function=self.take)

    @property
    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        """The kind, and which alerts of which models."""
        return [(str(one.kind), names(one)) for _, one in self.heard]

    @property
    def said(self) -> list[Told]:
        """As `told`, each with its time."""
        return [(at, str(one.kind), names(one)) for at, one in self.heard]

    @property
    def times(self) -> list[float]:
        return [round(at, 1) for at, _ in self.heard]


def names(notification: Notification) -> tuple[str, ...]:
    return tuple(f"{one.name} {one.model_id or ''}".strip() for one in notification.alerts)


def watched(*pagers: Pager, models: str = "abc", **told: Any) -> Runtime:
    """A fleet of models that answer, without built-in rules."""
    fields: dict[str, Any] = {"default_rules": False, "slo_target": None, "cooldown": 0.0}
    fields["channels"] = [one.settings for one in pagers]
    alerts = AlertsConfig(**fields | told)

    async def answer(task: object) -> str:
        return "well"

    breaker = CircuitBreakerConfig(recovery_timeout="9h", max_recovery_timeout="9h")
    each = [model(name, answer, circuit_breaker=breaker) for name in models]
    return fleet(*each, alerts=alerts, degraded_mode_threshold=0)


class Notebook:
    """A memory that a later process reads."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def save(self, row: Row) -> None:
        self.rows.append(row)

    async def tasks(self, span: float) -> tuple[Minute, ...]:
        return ()

    async def load(self) -> tuple[Row, ...]:
        newest = {_id(row): row for row in self.rows}
        return tuple(row for row in newest.values() if not _is_over(row))


def _id(row: Row) -> str:
    return row.id if isinstance(row, SilenceRow) else row.fingerprint


def _is_over(row: Row) -> bool:
    return row.ended if isinstance(row, SilenceRow) else row.state is AlertState.RESOLVED


def remembering(runtime: Runtime, notebook: Notebook) -> Runtime:
    """The same runtime with a memory."""

    def alerting(_: RuntimeConfig) -> Alerting:
        return Alerting(notebook)

    runtime._watching._makers = (alerting,)
    return runtime


def states(rows: Iterable[Row]) -> list[tuple[str, bool]]:
    return [(str(row.state), bool(row.told_on)) for row in rows if isinstance(row, AlertRow)]
