"""The page: the head, the headline, each section with its pictures and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Literal

from .. import words
from ..report import Report
from ..telling.sections import headline, sections
from ..telling.tables import Row, Section, Table
from .charts import course
from .markup import Html, joined, tag
from .pictures import costs, courses, durations, timeline

Style = Literal["file", "linked"]
STYLESHEET = "report.css"
"""The name of the stylesheet that a linked page asks for, beside itself."""

_PICTURES: Mapping[str, Callable[[Report], Iterator[Html | None]]] = {
    "service": lambda report: iter((course(report),)),
    "incidents": lambda report: iter((timeline(report),)),
    "models": lambda report: iter((courses(report), durations(report.models))),
    "costs": lambda report: iter((costs(report.costs),)),
}


def report_html(report: Report, style: Style = "file") -> str:
    """The whole page. `linked`: with a link to `report.css`, and without any style in it."""
    link = Html(f'<link rel="stylesheet" href="{STYLESHEET}">')
    sheet = link if style == "linked" else tag("style", Html(report_css()))
    head = joined(
        (
            Html('<meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark">'),
            tag("title", f"Report, {_period(report)}"),
            sheet,
        )
    )
    body = tag("main", *_body(report), class_="report")
    page = tag("html", tag("head", head), tag("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


def report_css() -> str:
    """The stylesheet of the page."""
    return files(str(__package__)).joinpath(STYLESHEET).read_text("utf-8")


def _body(report: Report) -> Iterator[Html]:
    parts = sections(report)
    lead, *rest = headline(report)
    yield tag(
        "header",
        tag("p", f"{_period(report)} UTC", class_="period"),
        tag("h1", lead),
        *(tag("p", sentence) for sentence in rest),
        tag("nav", *(tag("a", part.title, href=f"#{part.key}") for part in parts)),
    )
    for part in parts:
        yield _section(report, part)


def _period(report: Report) -> str:
    return f"{words.when(report.since)} to {words.when(report.until)}"


def _section(report: Report, part: Section) -> Html:
    pictures_of = _PICTURES.get(part.key)
    pictures = () if pictures_of is None else pictures_of(report)
    several = len(part.tables) > 1
    return tag(
        "section",
        tag("h2", part.title),
        *(tag("p", sentence) for sentence in part.lead),
        *(picture for picture in pictures if picture is not None),
        *(_table(table, several=several) for table in part.tables),
        id=part.key,
    )


def _table(table: Table, *, several: bool) -> Html:
    kinds = ["number" if column.is_number else None for column in table.columns]
    heads = (
        tag("th", column.title, scope="col", class_=kind)
        if column.title
        else tag("td", "", class_=kind)
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    return tag(
        "div",
        tag(
            "table",
            tag("caption", table.title, class_=None if several else "unseen"),
            tag("thead", tag("tr", *heads)),
            tag("tbody", *(_row(table, row) for row in table.rows)),
        ),
        class_="scroll",
    )


def _row(table: Table, row: Row) -> Html:
    first, *others = row
    columns = table.columns[1:]
    cells = (
        tag("td", cell, class_="number" if column.is_number else None, data_title=column.title)
        for column, cell in zip(columns, others, strict=True)
    )
    return tag("tr", tag("th", first, scope="row"), *cells)
