"""What happened to a fleet that may explain why a number has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ...history.records import AuditRow, EventRow, HistorySource, RecordKind
from ..gathering import Period

_TOLD = {
    "Reloaded": "the settings were reloaded",
    "ModelAdded": "{model} was added",
    "ModelRemoved": "{model} was removed",
}


class Happening(NamedTuple):
    """Something at a time; `models` empty: it is about all of them."""

    at: datetime
    text: str
    models: frozenset[str]


def happened(source: HistorySource, period: Period) -> list[Happening]:
    """What was changed in the period, oldest first: by hand, by a reload, by models that came."""
    rows = source.read(RecordKind.EVENTS, period.since, period.until)
    deeds = source.read(RecordKind.AUDIT, period.since, period.until)
    events = (_of_event(row) for row in rows if isinstance(row, EventRow))
    actions = (_of_action(row) for row in deeds if isinstance(row, AuditRow))
    found = [one for one in (*events, *actions) if one is not None]
    return sorted(found, key=lambda one: one.at)


def _of_event(row: EventRow) -> Happening | None:
    told = _TOLD.get(row.event)
    if told is None:
        return None
    return Happening(row.at, told.format(model=row.model_id), frozenset(_models(row)))


def _models(row: EventRow) -> Iterator[str]:
    changed = row.fields.get("changed")
    if row.model_id is not None:
        yield row.model_id
    elif isinstance(changed, Mapping):
        yield from map(str, changed)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _of_action(row: AuditRow) -> Happening | None:
    if row.automatic or row.action == "reload":
        return None
    about = () if row.target is None else (row.target,)
    return Happening(row.at, f"{row.by} did {row.action.replace('_', ' ')}", frozenset(about))


def nearest(
    found: Sequence[Happening], at: datetime, within: timedelta, model_id: str
) -> Happening | None:
    """What happened closest to a time and may concern a model."""
    near = [
        one
        for one in found
        if abs(one.at - at) <= within and (not one.models or model_id in one.models)
    ]
    return min(near, key=lambda one: abs(one.at - at), default=None)
