"""The models as a table that fits its width. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from .marks import STYLES, Marks
from .words import Record, count, look, percent, quota, rate, span, state

_SHORTEST, _LONGEST = 10, 40
_STATES = 13
_SPARK = 24


class Column(NamedTuple):
    """`width` has the space before it. Those behind come where there is room for them."""

    head: str
    width: int
    cell: Callable[[Record], str]


def _busy(model: Record) -> str:
    limit = model["limit"]
    return str(model["busy"]) if limit is None else f"{model['busy']}/{limit}"


def _of(write: Callable[[float | None], str], name: str) -> Callable[[Record], str]:
    return lambda model: write(model[name])


COLUMNS = (
    Column("FAILED", 8, _of(percent, "errors")),
    Column("P95", 7, _of(span, "p95")),
    Column("CALL/S", 7, _of(rate, "rate")),
    Column("BUSY", 8, _busy),
    Column("P50", 7, _of(span, "p50")),
    Column("P99", 7, _of(span, "p99")),
    Column("SHARE", 6, _of(percent, "share")),
    Column("QUOTA", 7, quota),
    Column("CALLS", 8, _of(count, "calls")),
)
"""By what matters most."""
_ORDER = ("CALL/S", "CALLS", "FAILED", "P50", "P95", "P99", "BUSY", "SHARE", "QUOTA")
"""From left to right."""


class Plan(NamedTuple):
    """What has room in a width."""

    name: int
    columns: tuple[Column, ...]
    has_spark: bool


def planned(width: int, models: Sequence[Record], least: int) -> Plan:
    """The columns for a width, and how much of it the names get: `least`, if there is room."""
    wanted = max([_SHORTEST, least, *(cell_len(model["id"]) for model in models[:1_000])])
    wanted = min(wanted, _LONGEST)
    room = width - 4 - min(wanted, max(_SHORTEST, least, width // 4)) - 1 - _STATES
    chosen: list[Column] = []
    for column in COLUMNS:
        if room < column.width:
            break
        chosen.append(column)
        room -= column.width
    has_spark = len(chosen) == len(COLUMNS) and room > _SPARK
    spent = 4 + 1 + _STATES + sum(column.width for column in chosen)
    name = width - spent - (_SPARK + 1 if has_spark else 0)
    name = max(4, min(name, wanted))
    chosen.sort(key=lambda column: _ORDER.index(column.head))
    return Plan(name, tuple(chosen), has_spark)


def heading(plan: Plan, sort: str, first: str) -> Text:
    """The names of the columns, `first` over the models; that of the sort stands out."""
    found = Text("    " + _fit(first, plan.name) + " " + _fit("STATE", _STATES), style="dim")
    for column in plan.columns:
        found.append(column.head.rjust(column.width), style=_head_style(column, sort))
    if plan.has_spark:
        found.append("  LAST 2 MIN")
    return found


def row(model: Record, plan: Plan, marks: Marks, *, chosen: bool) -> Text:
    """One model."""
    seen = look(model)
    style = STYLES[seen.tone]
    found = Text(f" {marks.chosen if chosen else ' '}")
    found.append(f"{marks.shapes[seen.tone]} ", style)
    found.append(_fit(model["id"], plan.name, marks.cut) + " ", "bold")
    found.append(_fit(state(model), _STATES, marks.cut), style)
    for column in plan.columns:
        cell = _fit(column.cell(model), column.width - 1, marks.cut).strip().rjust(column.width)
        found.append(cell, _cell_style(column, model))
    if plan.has_spark:
        found.append(" ")
        for mark, colour in marks.spark(model["spark"], _SPARK):
            found.append(mark, colour)
    return found


def _head_style(column: Column, sort: str) -> str:
    sorts = {"calls": "CALL/S", "failed": "FAILED", "p95": "P95", "busy": "BUSY"}
    return "not dim bold underline" if sorts.get(sort) == column.head else ""


def _cell_style(column: Column, model: Record) -> str:
    if column.head == "FAILED" and (model["errors"] or 0.0) >= 0.05:
        return "bold red"
    full = model["limit"] is not None and model["busy"] >= model["limit"]
    return "yellow" if column.head == "BUSY" and full else ""


def _fit(text: str, width: int, cut: str = "") -> str:
    """As wide as that, with a mark where it was cut."""
    if cell_len(text) <= width or not cut:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + cut
