"""The alerts of a former process, read from its history: what fires, what a person has said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...actors.alerting.memory import AlertRow, Row, SilenceRow
from ...actors.policies.alerting.machine import AlertState
from ...actors.policies.alerting.texts import of_condition
from ...actors.policies.health.alerts import AlertCondition, AlertSeverity
from .history.reading import HistoryReader
from .history.records import AlertRow as Raised
from .history.records import EventRow, RecordKind

BACK = timedelta(days=7)
"""How far back deeds of persons are read."""


class HistoryMemory:
    """What the history in a file says. It is written by the events of alerts themselves."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def load(self) -> tuple[Row, ...]:
        """The alerts that fire and the silences that are in force. Raises `HistoryError`."""
        return await asyncio.to_thread(self._read)

    def save(self, row: Row) -> None:
        """The history hears of it by itself."""

    def _read(self) -> tuple[Row, ...]:
        reader = HistoryReader(self._path)
        raised = _firing(reader)
        alerts = {key: _alert(one) for key, one in raised.items()}
        silences: dict[str, SilenceRow] = {}
        for event in reader.read(RecordKind.EVENTS, datetime.now(UTC) - BACK):
            if not isinstance(event, EventRow):
                continue
            fields: Mapping[str, Any] = event.fields
            key = fields.get("fingerprint")
            if key in alerts and event.at >= raised[key].at:
                alerts[key] = _after(alerts[key], event.event, fields)
            elif event.event == "AlertsSilenced":
                silences[fields["silence_id"]] = _silence(fields)
            elif event.event == "SilenceEnded":
                silences.pop(fields["silence_id"], None)
        return (*alerts.values(), *silences.values())


def _firing(reader: HistoryReader) -> dict[str, Raised]:
    """Alerts that are not resolved, as they were first raised: each process raises them again."""
    found: dict[str, Raised] = {}
    for row in reader.read(RecordKind.ALERTS):
        if not isinstance(row, Raised) or not row.fingerprint:
            continue
        if row.change == "raised":
            found.setdefault(row.fingerprint, row)
        else:
            found.pop(row.fingerprint, None)
    return found


def _alert(one: Raised) -> AlertRow:
    is_rule = one.rule is not None
    return AlertRow(
        fingerprint=one.fingerprint or "",
        condition=AlertCondition(one.condition),
        rule=one.rule,
        model_id=one.model_id,
        severity=AlertSeverity(one.severity),
        state=AlertState.FIRING,
        text=one.message if is_rule else of_condition(one.condition, one.model_id),
        numbers={},
        labels=one.labels,
        since=one.since,
        ended=None,
        acknowledged_by=None,
        acknowledged_reason=None,
        told_on=(),
        escalated=False,
    )


def _after(row: AlertRow, event: str, fields: Mapping[str, Any]) -> AlertRow:
    match event:
        case "AlertTold":
            told = tuple(dict.fromkeys((*row.told_on, str(fields["channel"]))))
            escalated = row.escalated or fields["kind"] == "escalated"
            return replace(row, told_on=told, escalated=escalated)
        case "AlertAcknowledged":
            return replace(
                row,
                state=AlertState.ACKNOWLEDGED,
                acknowledged_by=str(fields["by"]),
                acknowledged_reason=str(fields["reason"]),
            )
        case _:
            return row


def _silence(fields: Mapping[str, Any]) -> SilenceRow:
    return SilenceRow(
        id=fields["silence_id"],
        match=fields["match"],
        starts_at=datetime.fromisoformat(fields["starts"]),
        ends_at=datetime.fromisoformat(fields["ends"]),
        by=fields["by"],
        comment=fields["comment"],
    )
