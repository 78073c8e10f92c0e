"""Alerts and silences in the history: a process goes on with those of the process before it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ....actors.alerting.memory import AlertRow, Row, SilenceRow
from ....actors.policies.alerting.machine import AlertState
from ....actors.policies.alerting.rules import Minute
from ....actors.policies.health.alerts import AlertCondition, AlertSeverity
from ....config.values.log_fields import log_event
from .records import Remembered
from .rows import FLEET
from .schema import read_only
from .writer import Writer

log = logging.getLogger(__name__)


class HistoryMemory:
    """The `AlertMemory` of a fleet with a history."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def load(self) -> tuple[Row, ...]:
        """What fires and what is silent, by the file. Rows that cannot be read are passed over."""
        found = await self._read("SELECT row FROM remembered WHERE row IS NOT NULL ORDER BY t")
        return tuple(row for row in (_row_of(text) for (text,) in found) if row is not None)

    async def tasks(self, span: float) -> tuple[Minute, ...]:
        """How tasks of the last `span` seconds ended, by the minute; none if it is unreadable."""
        now = time.time()
        counts = "t, successes, failures, rejected"
        query = f"SELECT {counts} FROM minutes WHERE model = ? AND t >= ? AND t <= ? ORDER BY t"
        found = await self._read(query, FLEET, int(now - span), int(now))
        return tuple(
            Minute(now - t, answered + failed + refused, failed + refused)
            for t, answered, failed, refused in found
        )

    async def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        path = self._writer.path
        if path is None:
            return []
        try:
            return await asyncio.to_thread(_rows, path, query, values)
        except (sqlite3.Error, OSError) as error:
            fields = log_event("history.unread", error_type=type(error).__name__)
            log.warning("earlier alerts could not be read from the history", extra=fields)
            return []

    def save(self, row: Row) -> None:
        """Keep a row, or forget what is over. Never waits, and never fails."""
        over = row.ended if isinstance(row, SilenceRow) else row.state is AlertState.RESOLVED
        text = None if over else orjson.dumps(row).decode()
        self._writer.put(Remembered(datetime.now(UTC), _key_of(row), text))


def _rows(path: Path, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with closing(read_only(path)) as connection:
        return connection.execute(query, values).fetchall()


def _key_of(row: Row) -> str:
    return f"silence:{row.id}" if isinstance(row, SilenceRow) else f"alert:{row.fingerprint}"


def _row_of(text: str) -> Row | None:
    try:
        fields: dict[str, Any] = orjson.loads(text)
        return _silence(fields) if "match" in fields else _alert(fields)
    except (KeyError, TypeError, ValueError):  # another version has written it
        return None


def _silence(fields: dict[str, Any]) -> SilenceRow:
    times: dict[str, Any] = {
        name: datetime.fromisoformat(fields[name]) for name in ("starts_at", "ends_at")
    }
    return SilenceRow(**{**fields, **times})


def _alert(fields: dict[str, Any]) -> AlertRow:
    read: dict[str, Any] = {
        "condition": AlertCondition(fields["condition"]),
        "severity": AlertSeverity(fields["severity"]),
        "state": AlertState(fields["state"]),
        "since": datetime.fromisoformat(fields["since"]),
        "ended": None,  # what is over is not kept
        "told_on": tuple(fields["told_on"]),
    }
    return AlertRow(**{**fields, **read})
