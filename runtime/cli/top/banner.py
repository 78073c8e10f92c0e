"""Is anything wrong, since when, why, and what is done about it: the first lines. Pure."""

from __future__ import annotations

import textwrap

from rich.text import Text

from .marks import BARS, LEVELS, Marks
from .words import Record, clock, count, is_whole, lasting, of_workers, percent, rate

_INDENT = 3


def banner(found: Record, now: float, width: int, most: int, marks: Marks) -> list[Text]:
    """The verdict in at most `most` lines, the first of them across the whole width."""
    verdict = found["verdict"]
    title = _title(verdict, now, width, marks)
    room = most - 1
    if room <= 0:
        return [title]
    why = _wrapped(verdict["why"], " ", width, max(1, room - bool(verdict["doing"])), marks)
    left = room - len(why)
    doing = _wrapped(verdict["doing"], marks.arrow, width, left, marks) if left > 0 else []
    style = "dim" if verdict["level"] == "well" else ""
    return [title, *(Text(line, style) for line in why), *(Text(line, "italic") for line in doing)]


def fleet_line(found: Record, width: int, marks: Marks) -> Text:
    """The fleet in numbers."""
    fleet = found["fleet"]
    tasks = fleet["tasks"]
    parts = [
        f"{fleet['usable']} of {fleet['models']} usable",
        f"{rate(fleet['rate'])} calls/s",
        f"{percent(fleet['errors'])} failed",
        f"{count(fleet['in_flight'])} tasks in flight",
        f"{count(fleet['waiting'])} wait",
        f"{count(tasks['success'])} answered, {count(tasks['failure'])} not",
    ]
    line = " " * _INDENT + parts[0]
    for part in parts[1:]:
        longer = f"{line}  {marks.dot}  {part}"
        if len(longer) > width:
            break
        line = longer
    return Text(line, "dim")


def cluster_line(found: Record, width: int, marks: Marks) -> Text | None:
    """The workers of the server, and the process in its cluster; None: it is one by itself."""
    cluster, workers = found.get("cluster"), found.get("workers")  # an earlier release has neither
    parts = [f"{workers} workers answer"] if workers else []
    is_well = not workers or is_whole(workers)
    if cluster is not None and not cluster["joined"]:
        is_well, which = False, of_workers(cluster.get("alone"))
        parts.append(f"{which} alone, without its cluster".lstrip())
        parts.append(cluster["error"] or "its owners have not answered yet")
    elif cluster is not None:
        parts += [f"joined with {cluster['peers']} processes", f"epoch {cluster['epoch']}"]
        parts += ["its owners are new, and learn"] if cluster["learning"] else []
    if not parts:
        return None
    line = " " * _INDENT + f"  {marks.dot}  ".join(parts)
    style = "dim" if is_well else "yellow"
    return Text(line if len(line) <= width else line[: width - 1] + marks.cut, style)


def since(verdict: Record, now: float) -> str:
    """When it began, in words; empty where that is not known."""
    if verdict["since"] is None or verdict["level"] == "well":
        return ""
    return f"since {clock(verdict['since'])}, for {lasting(verdict['since'], now)}"


def _title(verdict: Record, now: float, width: int, marks: Marks) -> Text:
    shape = marks.shapes[LEVELS[verdict["level"]]]
    begun = since(verdict, now)
    head = f" {shape} {verdict['title']}"
    if len(head) + len(begun) + 3 > width and begun:
        begun = f"for {lasting(verdict['since'], now)}"
    room = width - (len(begun) + 3 if begun else 1)
    if len(head) > room and begun and room < 2 * width // 3:
        begun, room = "", width - 1
    if len(head) > room:
        head = head[: room - 1] + marks.cut
    return Text(head + (begun + " ").rjust(width - len(head)), BARS[verdict["level"]])


def _wrapped(text: str, mark: str, width: int, most: int, marks: Marks) -> list[str]:
    if not text:
        return []
    return textwrap.wrap(
        text,
        max(width - 1, _INDENT + 2),
        initial_indent=f" {mark} ",
        subsequent_indent=" " * _INDENT,
        max_lines=most,
        placeholder=marks.cut,
    )
