"""The whole screen as lines, for any size. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

from .banner import banner, cluster_line, fleet_line
from .choices import Choices, shown
from .detail import detail, news
from .marks import Marks
from .seen import Seen
from .table import heading, planned, row
from .words import Record, clock, whole

_LOW, _HIGH = 12, 18
"""Heights: below the first there is no head, from the second on there is air."""
_DETAIL, _FEWEST = 11, 3
_SILENT = 2.5
"""Seconds after which a look that is awaited is late."""
_HELP = (
    ("q", "leave"),
    ("p", "pause: the picture stands, the fleet goes on"),
    ("s", "sort: as in the settings, by state, calls, failures, p95, busy, name"),
    ("j k", "select a model and see all of it; also by arrows and pages"),
    ("esc", "take back: the selection, then the filter"),
    ("/", "show the models with a text in their name or state"),
    ("?", "this help"),
    ("", ""),
    ("", "Calls and failures are of the last minute, latencies of the last"),
    ("", "minutes. To operate a model: hive-resilience model trip, reset, ..."),
)
_KEYS = (
    ("q", "quit"),
    ("p", "pause"),
    ("s", "sort"),
    ("arrows", "select"),
    ("/", "filter"),
    ("?", "help"),
)


class Size(NamedTuple):
    """Of a screen, in cells."""

    width: int
    height: int


class Moment(NamedTuple):
    """Monotonic seconds, and how a view is called."""

    now: float
    name: str


def picture(seen: Seen, choices: Choices, size: Size, at: Moment, marks: Marks) -> list[Text]:
    """Exactly as many lines as the screen has, each as wide as it at most."""
    width, height = size
    wall = seen.wall(at.now)
    lines = _head(seen, choices, size, at, marks)
    lines += banner(seen.look, wall, width, _banner_lines(height), marks)
    if height >= _HIGH:
        cluster = cluster_line(seen.look, width, marks)
        lines.append(fleet_line(seen.look, width, marks))
        lines += [] if cluster is None else [cluster]
        lines.append(Text())
    room = height - len(lines) - 1
    body = _help(room) if choices.help else _body(seen, choices, Size(width, room), wall, marks)
    lines = (lines + body)[: height - 1]
    lines += [Text()] * (height - 1 - len(lines))
    lines.append(_foot(choices, width, marks))
    for line in lines:
        if line.cell_len > width:
            line.truncate(width - 1, overflow="crop")
            line.append(marks.cut)
    return lines[-height:] if height < 2 else lines


def _banner_lines(height: int) -> int:
    return 2 if height < 8 else 3 if height < _HIGH else 5


def _head(seen: Seen, choices: Choices, size: Size, at: Moment, marks: Marks) -> list[Text]:
    """The name and the time, or that this is not the state of now."""
    gone = whole(at.now - seen.at)
    why = seen.lost or ("it has not answered yet" if at.now - seen.at > _SILENT else None)
    if why is not None and not choices.paused:
        text = f" Last seen {gone} ago, looking on {marks.dot} {why}"
        return [Text(text.ljust(size.width), "bold reverse yellow")]
    if choices.paused:
        text = f" Paused {gone} ago {marks.dot} p goes on"
        return [Text(text.ljust(size.width), "bold reverse cyan")]
    if size.height < _LOW:
        return []
    left, right = f" hive-resilience {marks.dot} {at.name}", f"{clock(seen.wall(at.now))} "
    return [Text(left + right.rjust(size.width - len(left)), "dim")]


def _body(seen: Seen, choices: Choices, size: Size, wall: float, marks: Marks) -> list[Text]:
    models = shown(seen.look, choices)
    chosen = next((one for one in models if one["id"] == choices.selected), None)
    wanted = _DETAIL if chosen is not None else 5
    room = max(1, size.height - 1)
    rows = min(len(models), room, max(_FEWEST, room - wanted))
    if chosen is None and room < len(models) + 3:
        rows = min(len(models), room)
    lines = _table(models, choices, rows, size.width, marks)
    left = size.height - len(lines)
    if left > 2 and size.height >= _LOW:
        lines.append(Text())
        left -= 1
    if chosen is not None:
        return lines + detail(chosen, wall, size.width, marks)[:left]
    return lines + news(seen, wall, size.width, left, marks)


def _table(
    models: Sequence[Record], choices: Choices, rows: int, width: int, marks: Marks
) -> list[Text]:
    if not models:
        told = f"no model is called {choices.filter!r}" if choices.filter else "there is no model"
        return [Text(f"   {told}", "dim")]
    names = [model["id"] for model in models]
    at = names.index(choices.selected) if choices.selected in names else 0
    first = max(0, min(at - rows // 2, len(models) - rows))
    shown_now = models[first : first + rows]
    part = f"{first + 1}-{first + len(shown_now)} of {len(models)}"
    head = "MODEL" if len(models) == rows else part
    plan = planned(width, models, len(head))
    lines = [heading(plan, choices.sort, head)]
    lines += [row(one, plan, marks, chosen=one["id"] == choices.selected) for one in shown_now]
    return lines


def _help(room: int) -> list[Text]:
    lines = [Text()]
    for key, told in _HELP:
        lines.append(Text(f"   {key:<5}", "bold").append(told, "not bold"))
    return lines[: max(0, room)]


def _foot(choices: Choices, width: int, marks: Marks) -> Text:
    if choices.typing:
        found = Text(" / ", "bold reverse")
        return found.append(f" {choices.filter}_", "not reverse")
    found = Text()
    notes = {"s": choices.sort, "/": choices.filter or "filter", "p": _pausing(choices)}
    for key, told in _KEYS:
        told = f"sort: {notes['s']}" if key == "s" else notes.get(key, told)
        key = marks.arrows if key == "arrows" else key
        part = Text(f" {key} ", "bold reverse").append(f" {told} ", "not bold not reverse")
        if found.cell_len + part.cell_len + 1 > width:
            break
        found.append(" ").append_text(part) if found else found.append_text(part)
    return found


def _pausing(choices: Choices) -> str:
    return "go on" if choices.paused else "pause"
