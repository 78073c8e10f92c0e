"""The last section: what a report is made of, what is missing, and what each number means."""

from __future__ import annotations

from .. import words
from ..report import Report
from .tables import Row, Section, Table, text

_METHODS: tuple[Row, ...] = (
    ("95 % interval of a share", "where the true share lies 19 in 20 times", "Wilson 1927"),
    ("Difference of two shares", "by the intervals of both", "Newcombe 1998"),
    ("Percentile and its interval", "a sketch within 1 %, the interval by ranks", "Conover 1999"),
    ("Ratio of two percentiles", "bootstrap of 1,000, with a fixed seed", "Efron 1979"),
    ("Error budget and burn", "failures by what the objective allows", "SRE Workbook 2018"),
    ("Times of incidents", "median and worst; ≥: not over when last seen", "SRE 2016"),
    ("Trend", "of 6 h; neighbours that resemble each other count less", "Mann 1945, Sen 1968"),
    ("Step", "20 % or more, and unlikely by chance", "Pettitt 1979"),
    ("Unusual value", "beside its own past, two hours in a row", "Iglewicz, Hoaglin 1993"),
    ("Forecast", "the same hours of earlier days, bands of past errors", "Vovk et al. 2005"),
    ("Places that a load needs", "calls a second by their p95", "Little 1961"),
)
"""What is shown, what it is, and its literature."""


def basis_of(report: Report) -> Section:
    """The section."""
    known = report.known
    tables = [Table("What the numbers are", _COLUMNS, _METHODS)]
    if known.gaps:
        rows = tuple(
            (words.moment(g.since), words.moment(g.until), g.reason, words.count(g.dropped))
            for g in known.gaps
        )
        columns = text("From"), text("Until"), text("Why"), text("Records lost")
        tables.insert(0, Table("Times of which not all is known", columns, rows))
    return Section("basis", "About these numbers", tuple(_lead(report)), tuple(tables))


_COLUMNS = text("Number"), text("What it is"), text("After")


def _lead(report: Report) -> list[str]:
    known = report.known
    told = [f"Made {words.moment(report.made_at)} UTC; all times are UTC."]
    if known.source == "history":
        told.append(f"From a history of {words.several(known.files, 'file')}.")
    if known.first is None:
        told.append("It has nothing of this period.")
    elif (known.first - report.since).total_seconds() > report.step:
        told.append(
            f"It begins at {words.moment(known.first)}: of the time before nothing is known."
        )
    told.append("Statements are made of 20 cases or more, and of changes of 10 % or more.")
    return [*told, *(f"{one[:1].upper()}{one[1:]}." for one in known.remarks)]
