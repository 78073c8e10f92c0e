"""What a record of the log says for programs: the name of its event, and fields."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

EVENT = "event.name"
"""The name of the event, as an attribute of a record."""
PREFIX = "hive_"
"""Before the name of each field: `logging` has names of its own."""
TRACE_ID, SPAN_ID = "trace_id", "span_id"


class LogFormat(StrEnum):
    """How records of the log are written."""

    TEXT = "text"
    JSON = "json"


TraceHere: TypeAlias = Callable[[], tuple[str, str] | None]

_trace_here: TraceHere | None = None


def tell_trace(here: TraceHere) -> None:
    """From now on records have the ids of the trace and the span under way, which `here` knows."""
    global _trace_here
    _trace_here = here


def log_event(name: str, /, **fields: object) -> dict[str, object]:
    """The `extra` of a record: the name of the event with dots, and its fields.

    >>> log_event("circuit.opened", model="gpt-5")
    {'event.name': 'hive.circuit.opened', 'hive_model': 'gpt-5'}
    """
    told: dict[str, object] = {EVENT: f"hive.{name}"}
    for field, value in fields.items():
        told[PREFIX + field] = value
    ids = None if _trace_here is None else _trace_here()
    if ids is not None:
        told[TRACE_ID], told[SPAN_ID] = ids
    return told
