"""Records as rows of a table, and back. Times are seconds in series, milliseconds elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from ....actors.policies.metrics.sketch import LatencySketch
from .records import (
    AlertRow,
    AuditRow,
    EventRow,
    Gap,
    Record,
    RecordKind,
    Remembered,
    SeriesPoint,
    Stored,
)
from .schema import COLUMNS
from .sums import COUNTS, LAST, MOST, SKETCHES, Sum, moment

FLEET = ""
"""The `model` of the points of the whole fleet; no model has an empty name."""

Row = tuple[Any, ...]

_QUOTED = ", ".join(f'"{name}"' for name in COLUMNS)
_MARKS = ", ".join("?" * len(COLUMNS))


def put_point(tier: str) -> str:
    """The statement that writes a whole row of a tier over the former one."""
    return f"INSERT OR REPLACE INTO {tier} ({_QUOTED}) VALUES ({_MARKS})"


def get_points(tier: str) -> str:
    """The beginning of a query of a tier: all columns in their order."""
    return f"SELECT {_QUOTED} FROM {tier}"


def row_of_sum(total: Sum) -> Row:
    """The row of a sum."""
    details = orjson.dumps(total.details).decode() if total.details else None
    model = FLEET if total.model_id is None else total.model_id
    return total.at, model, *total.counts, *total.most, *total.last, details, *total.packed()


def point_of_row(row: Row, span: int) -> SeriesPoint:
    """The point in a row; a sketch that cannot be read is left out."""
    found = dict(zip(COLUMNS, row, strict=True))
    details = found["details"]
    fields: dict[str, Any] = {name: found[name] for name in (*COUNTS, *MOST, *LAST)}
    fields |= {name: _sketch(found[name]) for name in SKETCHES}
    fields["details"] = orjson.loads(details) if details else {}
    return SeriesPoint(moment(found["t"]), found["model"] or None, span, **fields)


def _sketch(data: bytes | None) -> LatencySketch | None:
    try:
        return None if data is None else LatencySketch.from_bytes(data)
    except ValueError:
        return None


def milliseconds(at: datetime) -> int:
    """A time as milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def _event_row(one: EventRow) -> Row:
    fields = orjson.dumps(dict(one.fields), default=str).decode()
    return milliseconds(one.at), one.event, one.model_id, fields


def _audit_row(one: AuditRow) -> Row:
    told = (one.action, one.target, one.by, one.reason, one.before, one.after)
    return milliseconds(one.at), *told, int(one.automatic)


def _alert_row(one: AlertRow) -> Row:
    told = (one.change, one.condition, one.severity, one.model_id, one.message)
    labels = orjson.dumps(dict(one.labels)).decode()
    since = milliseconds(one.since)
    return milliseconds(one.at), *told, since, one.rule, labels, one.fingerprint


def _gap_row(one: Gap) -> Row:
    return milliseconds(one.at), milliseconds(one.until), one.reason, one.dropped


def _remembered_row(one: Remembered) -> Row:
    return one.key, milliseconds(one.at), one.row


_TABLES: Mapping[type[Stored], tuple[str, Callable[[Any], Row]]] = {
    EventRow: ("INTO events (t, event, model, fields)", _event_row),
    AuditRow: (
        'INTO audit (t, action, target, "by", reason, before, after, automatic)',
        _audit_row,
    ),
    AlertRow: (
        "INTO alerts "
        "(t, change, condition, severity, model, message, since, rule, labels, fingerprint)",
        _alert_row,
    ),
    Gap: ("INTO gaps (t, until, reason, dropped)", _gap_row),
    Remembered: ("OR REPLACE INTO remembered (key, t, row)", _remembered_row),
}


def put_row(record: Stored) -> tuple[str, Row]:
    """The statement that adds a record that is no point, and its values."""
    into, row_of = _TABLES[type(record)]
    row = row_of(record)
    return f"INSERT {into} VALUES ({', '.join('?' * len(row))})", row


def _event(row: Row) -> EventRow:
    t, event, model, fields = row
    return EventRow(moment(t / 1000), event, model, orjson.loads(fields))


def _audit(row: Row) -> AuditRow:
    values: Row = (moment(row[0] / 1000), *row[1:-1], bool(row[-1]))
    return AuditRow(*values)


def _alert(row: Row) -> AlertRow:
    t, *told, since, rule, labels, fingerprint = row
    begun, named = moment(since / 1000), orjson.loads(labels)
    values: Row = (moment(t / 1000), *told, begun, rule, named, fingerprint)
    return AlertRow(*values)


def _gap(row: Row) -> Gap:
    t, until, reason, dropped = row
    return Gap(moment(t / 1000), moment(until / 1000), reason, dropped)


READ: Mapping[RecordKind, tuple[str, str, Callable[[Row], Record]]] = {
    RecordKind.EVENTS: ("t, event, model, fields FROM events", "model", _event),
    RecordKind.AUDIT: (
        't, action, target, "by", reason, before, after, automatic FROM audit',
        "target",
        _audit,
    ),
    RecordKind.ALERTS: (
        "t, change, condition, severity, model, message, since, rule, labels, fingerprint "
        "FROM alerts",
        "model",
        _alert,
    ),
    RecordKind.GAPS: ("t, until, reason, dropped FROM gaps", "NULL", _gap),
}
"""Of each kind but series: what is selected, the column of the model, the record of a row."""
