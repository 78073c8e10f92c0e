"""One look as plain text, for pipes, files and people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .banner import since
from .seen import Seen
from .table import COLUMNS
from .words import NONE, Record, clock, count, of_workers, percent, rate, state

_LEVELS = {"well": "OK", "watch": "WATCH", "bad": "BAD", "out": "OUT"}
_HEADS = ("MODEL", "STATE", *(column.head for column in COLUMNS), "LAST CHANGE")
_WORDS = 2
"""Columns of words at the left; the others are numbers, but the last."""


def as_text(seen: Seen, now: float) -> str:
    """The banner, the fleet, a line for each model, the alerts."""
    wall = seen.wall(now)
    parts = [_banner(seen.look, wall), _fleet(seen.look), *_workers(seen.look), ""]
    parts += _table(seen.look)
    alerts = [_alert(one) for one in seen.look["alerts"]]
    return "\n".join([*parts, *(["", *alerts] if alerts else [])])


def _banner(found: Record, wall: float) -> str:
    verdict = found["verdict"]
    begun = since(verdict, wall)
    lines = [f"{_LEVELS[verdict['level']]}: {verdict['title']}" + (f" ({begun})" if begun else "")]
    lines += [f"  {verdict[part]}" for part in ("why", "doing") if verdict[part]]
    return "\n".join(lines)


def _fleet(found: Record) -> str:
    fleet, tasks = found["fleet"], found["fleet"]["tasks"]
    told = ", ".join(f"{count(number)} {what}" for what, number in tasks.items())
    return (
        f"  {fleet['usable']} of {fleet['models']} models usable, {rate(fleet['rate'])} calls/s, "
        f"{percent(fleet['errors'])} of {count(fleet['calls'])} calls of the last minute failed\n"
        f"  tasks: {told}, {count(fleet['in_flight'])} in flight, {count(fleet['waiting'])} wait"
    )


def _workers(found: Record) -> Iterator[str]:
    workers, cluster = found.get("workers"), found.get("cluster")
    if workers:
        alone = None if cluster is None else cluster.get("alone")
        left = f", {of_workers(alone)} alone, without the cluster" if alone else ""
        yield f"  {workers} workers answer{left}"


def _table(found: Record) -> Iterator[str]:
    rows = [_HEADS, *(tuple(_cells(found["models"][name])) for name in found["order"])]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    for row in rows:
        yield "  ".join(_placed(row, widths)).rstrip()


def _placed(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        is_text = place < _WORDS or place == len(row) - 1
        yield cell.ljust(width) if is_text else cell.rjust(width)


def _cells(model: Record) -> Iterator[str]:
    yield model["id"]
    yield state(model)
    for column in COLUMNS:
        yield column.cell(model)
    change = model["change"]
    yield NONE if change is None else f"{clock(change['at'])} {change['text']}"


def _alert(alert: Record) -> str:
    about = f" {alert['model']}" if alert["model"] else ""
    return f"alert {alert['severity']}{about} since {clock(alert['since'])}: {alert['message']}"
