"""The pictures of a report as SVG: shapes that stretch, with their words beside them in HTML.

A shape has no text in it, so that it may be as wide as the page; the numbers stand in the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from .. import words
from ..report import Point, Report
from .markup import Html, joined, tag

WIDTH, HEIGHT = 1000, 100
_MOST = 250
"""Bars of a picture; more points than this are added up."""


def svg(name: str, *shapes: object, height: int = HEIGHT, **attributes: object) -> Html:
    """A picture; `name` says what it shows."""
    return tag(
        "svg",
        tag("title", name),
        *shapes,
        viewBox=f"0 0 {WIDTH} {height}",
        preserveAspectRatio="none",
        role="img",
        **attributes,
    )


def rect(x: float, y: float, width: float, height: float, kind: str) -> Html:
    """A rectangle of a kind that the style knows."""
    told = {"x": x, "y": y, "width": max(width, 0.0), "height": max(height, 0.0)}
    return tag("rect", class_=kind, **{key: f"{value:.2f}" for key, value in told.items()})


class Scale:
    """Where a time stands in a picture."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._seconds = max(1.0, (until - since).total_seconds())

    def __call__(self, at: datetime) -> float:
        share = (at - self._since).total_seconds() / self._seconds
        return min(max(share, 0.0), 1.0) * WIDTH


def figure(picture: Html, high: str, ends: Sequence[str], caption: object) -> Html:
    """A picture with the highest value, the ends of its time, and what it shows."""
    return tag(
        "figure",
        tag("div", tag("span", high, class_="high"), picture, class_="plot"),
        tag("div", *(tag("span", end) for end in ends), class_="ends"),
        tag("figcaption", caption),
        class_="chart",
    )


def ends_of(report: Report) -> tuple[str, str, str]:
    """The begin, the middle and the end of the period."""
    middle = report.since + (report.until - report.since) / 2
    return words.when(report.since), words.when(middle), words.when(report.until)


# The service: tasks by step, what failed in red, incidents behind.


def course(report: Report) -> Html | None:
    """The tasks of the period."""
    points = folded(report.series)
    if len(points) < 2:
        return None
    most = max(point.good + point.bad for point in points) or 1
    scale = Scale(report.since, report.until)
    span = (points[1].at - points[0].at).total_seconds()
    width = WIDTH * span / max(span, (report.until - report.since).total_seconds())
    picture = svg(
        "Tasks over time: answered and not answered; incidents are shaded",
        *_shades(report, scale),
        *(bar for point in points for bar in bars(point, most, scale(point.at), width)),
    )
    every = words.seconds(span)
    return figure(
        picture,
        f"{words.count(most)} tasks",
        ends_of(report),
        joined(
            (
                f"Tasks in each {every}: ",
                tag("span", "answered", class_="key good"),
                " and ",
                tag("span", "not answered", class_="key bad"),
                *((", ", tag("span", "incidents", class_="key shade")) if report.incidents else ()),
            )
        ),
    )


def _shades(report: Report, scale: Scale) -> Iterator[Html]:
    for one in report.incidents:
        begin, end = scale(one.began), scale(one.until or one.seen_until)
        yield rect(begin, 0, max(end - begin, 2), HEIGHT, "shade")


def bars(point: Point, most: int, x: float, width: float) -> Iterator[Html]:
    good, bad = (HEIGHT * 0.96 * n / most for n in (point.good, point.bad))
    bad = max(bad, 1.5) if point.bad else 0.0
    gap = width * 0.12
    if good:
        yield rect(x + gap / 2, HEIGHT - good, width - gap, good, "good")
    if bad:
        yield rect(x + gap / 2, HEIGHT - good - bad, width - gap, bad, "bad")


def folded(points: Sequence[Point]) -> Sequence[Point]:
    """At most so many points as can be told apart."""
    lot = -(-len(points) // _MOST)
    if lot <= 1:
        return points
    lots = (points[at : at + lot] for at in range(0, len(points), lot))
    return [
        Point(lot[0].at, sum(p.good for p in lot), sum(p.bad for p in lot), None, None)
        for lot in lots
    ]
