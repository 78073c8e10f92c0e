"""A report as text for a terminal, a mail or a pipe: no colour, no box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from .....config.values.words import printable
from .. import words
from ..report import Report
from .sections import headline, sections
from .tables import Section, Table

WIDTH = 100
_GAP = "  "
_NARROWEST = 12
"""Characters of a column that is wrapped."""


def report_text(report: Report, width: int = WIDTH) -> str:
    """The report in lines of `width` characters, as far as its tables can be made so narrow."""
    return "\n".join(_lines(report, width)) + "\n"


def _lines(report: Report, width: int) -> Iterator[str]:
    yield f"{words.when(report.since)} to {words.when(report.until)} UTC"
    yield ""
    for sentence in headline(report):
        yield from wrap(sentence, width)
    course = _course(report)
    if course:
        yield ""
        yield f"Tasks    {course}"
    for section in sections(report):
        yield from _section(section, width)


def _section(section: Section, width: int) -> Iterator[str]:
    yield ""
    yield ""
    yield section.title
    yield "=" * len(section.title)
    for sentence in section.lead:
        yield from wrap(printable(sentence), width)
    for table in section.tables:
        yield ""
        if len(section.tables) > 1:
            yield table.title
            yield "-" * len(table.title)
        yield from _table(table, width)


def _table(table: Table, width: int) -> Iterator[str]:
    heads = tuple(column.title for column in table.columns)
    rows = [heads, *(tuple(printable(cell) for cell in row) for row in table.rows)]
    widths = _fitted([max(map(len, column)) for column in zip(*rows, strict=True)], width)
    for row in rows:
        yield from _row(table, row, widths)


def _fitted(widths: list[int], width: int) -> list[int]:
    """The widest columns give way until the row fits."""
    room = width - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def _row(table: Table, row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    """One row, of several lines where a cell is too long for its column."""
    cells = [wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    for at in range(max(map(len, cells))):
        parts = [cell[at] if at < len(cell) else "" for cell in cells]
        yield _GAP.join(_aligned(table, parts, widths)).rstrip()


def _aligned(table: Table, parts: Iterable[str], widths: list[int]) -> Iterator[str]:
    for column, part, width in zip(table.columns, parts, widths, strict=True):
        yield part.rjust(width) if column.is_number else part.ljust(width)


_BLOCKS = "▁▂▃▄▅▆▇█"
_STEPS = 60


def _course(report: Report) -> str:
    """The tasks of the period as a line of blocks, those of a step with a failure in it marked."""
    series = report.series
    if len(series) < 2:
        return ""
    span = (report.until - report.since).total_seconds() / _STEPS
    tasks = [0] * _STEPS
    for point in series:
        at = int((point.at - report.since).total_seconds() / span)
        tasks[min(max(at, 0), _STEPS - 1)] += point.good + point.bad
    most = max(tasks) or 1
    return "".join(_BLOCKS[round(n / most * 7)] if n else " " for n in tasks)
