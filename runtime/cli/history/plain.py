"""Records as plain values, for JSON and CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum

import orjson

from ....actors.policies.metrics.sketch import LatencySketch
from ...observability.history.records import (
    AlertRow,
    AuditRow,
    EventRow,
    Gap,
    Record,
    RecordKind,
    SeriesPoint,
)
from ...observability.history.sums import SKETCHES

OF: Mapping[RecordKind, type[Record]] = {
    RecordKind.SERIES: SeriesPoint,
    RecordKind.EVENTS: EventRow,
    RecordKind.AUDIT: AuditRow,
    RecordKind.ALERTS: AlertRow,
    RecordKind.GAPS: Gap,
}
_OF_SKETCHES = ("count", "sum", "min", "max", "p50", "p95", "p99")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


def as_json(record: Record) -> bytes:
    """A JSON object in one line; a sketch is its count, its sum and its percentiles."""
    plain = {one.name: getattr(record, one.name) for one in fields(record)}
    for name, value in plain.items():
        if isinstance(value, LatencySketch):
            plain[name] = value.snapshot()
    return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE, default=str)


def columns(kind: RecordKind) -> list[str]:
    """The columns of a CSV; each sketch has several."""
    found: list[str] = []
    for one in fields(OF[kind]):
        several = [f"{one.name}_{part}" for part in _OF_SKETCHES]
        found += several if one.name in SKETCHES else [one.name]
    return found


def cells(record: Record) -> list[object]:
    """The values of a row of CSV, in the order of the columns."""
    found: list[object] = []
    for one in fields(record):
        value = getattr(record, one.name)
        if one.name not in SKETCHES:
            found.append(_cell(value))
        elif value is None:
            found += [None] * len(_OF_SKETCHES)
        else:
            told = value.snapshot()
            found += [getattr(told, part) for part in _OF_SKETCHES]
    return found


def _cell(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Mapping():
            return orjson.dumps(dict(value), default=str).decode() if value else ""  # pyright: ignore[reportUnknownArgumentType]
        case bool():
            return int(value)
        case StrEnum() | str():
            return f"'{value}" if value.startswith(_FORMULA) else str(value)
        case _:
            return value
