"""Notifications and channels for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hive_resilience.actors.alerting.notification import (
    AlertView,
    DeliveryRecord,
    DeliveryState,
    Notification,
    NotificationKind,
)
from hive_resilience.actors.policies.health.alerts import AlertSeverity

STARTED = datetime(2026, 11, 27, 23, 2, 10, tzinfo=UTC)


def an_alert(
    name: str = "circuit_open",
    model_id: str | None = "gpt-5",
    *,
    ended: bool = False,
    severity: AlertSeverity = AlertSeverity.ERROR,
    text: str = "the breaker of gpt-5 is open",
    by: str | None = None,
) -> AlertView:
    return AlertView(
        fingerprint=f"{name}-{model_id}",
        name=name,
        severity=severity,
        model_id=model_id,
        labels={"team": "search"},
        text=text,
        numbers={"failures": 0.25},
        started_at=STARTED,
        ended_at=STARTED + timedelta(minutes=5) if ended else None,
        acknowledged_by=by,
        runbook="https://host/runbooks/circuit_open.md",
    )


def firing(number: int = 1, *alerts: AlertView, channel: str = "it") -> Notification:
    """A notification of a group of its own."""
    return Notification(
        id=f"n{number}",
        channel=channel,
        kind=NotificationKind.FIRING,
        group=f"group {number}",
        labels={"alertname": "circuit_open"},
        alerts=alerts or (an_alert(model_id=f"model-{number}"),),
    )


def resolved(of: Notification) -> Notification:
    """The end of all of its alerts."""
    ended = tuple(replace(a, ended_at=STARTED + timedelta(minutes=5)) for a in of.alerts)
    return replace(of, id=f"{of.id}-end", kind=NotificationKind.RESOLVED, alerts=ended)


class Scripted:
    """A channel that does what a test says, and keeps what it was given and when."""

    def __init__(self, name: str = "it", *answers: BaseException | float | None) -> None:
        self.name = name
        self.answers = list(answers)
        self.got: list[tuple[float, Notification]] = []
        self.tried: list[float] = []
        self.is_closed = False

    async def send(self, notification: Notification) -> None:
        now = asyncio.get_running_loop().time()
        self.tried.append(now)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        if answer is not None:
            await asyncio.sleep(answer)
        self.got.append((now, notification))

    async def close(self) -> None:
        self.is_closed = True

    @property
    def ids(self) -> list[str]:
        return [notification.id for _, notification in self.got]

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.got]


class Heard:
    """Keeps the records of a delivery."""

    def __init__(self) -> None:
        self.records: list[DeliveryRecord] = []

    def __call__(self, record: DeliveryRecord) -> None:
        self.records.append(record)

    def of(self, state: DeliveryState) -> list[DeliveryRecord]:
        return [record for record in self.records if record.state is state]

    @property
    def ends(self) -> list[tuple[str, str]]:
        """How each notification ended."""
        over = [r for r in self.records if r.state is not DeliveryState.QUEUED]
        return [(record.notification_id, record.state.value) for record in over]

    @property
    def reasons(self) -> list[str]:
        return [record.reason for record in self.records if record.reason is not None]


async def until(holds: Callable[[], bool], limit: float = 5.0) -> None:
    """Wait in real time until something holds."""
    async with asyncio.timeout(limit):
        while not holds():
            await asyncio.sleep(0.002)


async def within(limit: float, work: Awaitable[object]) -> float:
    """Seconds that it took; fails after the limit."""
    clock = asyncio.get_running_loop().time
    began = clock()
    await asyncio.wait_for(work, limit)
    return clock() - began
