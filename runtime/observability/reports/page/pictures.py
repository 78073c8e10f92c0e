"""The pictures of models, incidents and costs: a lane for each, all on one scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import log10

from ...analytics.costs import Cost
from ...analytics.incidents import Incident
from .. import words
from ..report import ModelLine, Report
from .charts import HEIGHT, WIDTH, Scale, bars, ends_of, folded, rect, svg
from .markup import Html, joined, tag

LANES = 30
"""Lanes of a picture; the busiest models have one."""


def spark(report: Report, line: ModelLine) -> Html | None:
    """The calls of a model over the period, small."""
    points = folded(line.series)
    if len(points) < 2:
        return None
    most = max(point.good + point.bad for point in points) or 1
    scale, span = Scale(report.since, report.until), points[1].at - points[0].at
    width = WIDTH * span / max(span, report.until - report.since)
    shapes = (bar for point in points for bar in bars(point, most, scale(point.at), width))
    return svg(f"Calls of {line.model_id} over time", *shapes)


def lanes(rows: Sequence[tuple[str, Html]], ends: Sequence[str], caption: object) -> Html:
    """Named rows, the ends of their scale, and what they show."""
    return tag(
        "figure",
        *(tag("div", tag("span", name), picture, class_="lane") for name, picture in rows),
        tag("div", *(tag("span", end) for end in ends), class_="ends"),
        tag("figcaption", caption),
        class_="chart lanes",
    )


def courses(report: Report) -> Html | None:
    """The calls of each model over the period."""
    told = ((line.model_id, spark(report, line)) for line in report.models[:LANES])
    rows = [(name, picture) for name, picture in told if picture is not None]
    if not rows:
        return None
    caption = "Calls of each model, each on a scale of its own: ", *_good_and_bad()
    return lanes(rows, ends_of(report), joined(caption))


def _good_and_bad() -> tuple[object, ...]:
    good, bad = tag("span", "succeeded", class_="key good"), tag("span", "failed", class_="key bad")
    return good, " and ", bad


def durations(lines: Sequence[ModelLine]) -> Html | None:
    """From p50 to p99 of each model, on one logarithmic scale."""
    told = [(line.model_id, _percentiles(line)) for line in lines[:LANES]]
    rows = [(name, values) for name, values in told if values]
    if not rows:
        return None
    low = log10(min(values[0] for _, values in rows) / 1.2)
    high = log10(max(values[-1] for _, values in rows) * 1.2)

    def at(value: float) -> float:
        return WIDTH * (log10(value) - low) / (high - low)

    ends = [words.seconds(10 ** (low + (high - low) * part)) for part in (0, 0.5, 1)]
    caption = "Durations of answers from p50 to p99, with a mark at p95; the scale is logarithmic."
    return lanes([(name, _span(name, values, at)) for name, values in rows], ends, caption)


def _percentiles(line: ModelLine) -> list[float]:
    each = line.durations
    found = [one.value for one in (each.p50, each.p95, each.p99) if one is not None]
    return found if found and found[0] > 0 else []


def _span(name: str, values: Sequence[float], at: Callable[[float], float]) -> Html:
    begin, mark, end = map(at, values)
    return svg(
        f"Durations of {name}",
        rect(0, 49, WIDTH, 2, "rule"),
        rect(begin, 30, max(end - begin, 4), 40, "span"),
        rect(mark - 2, 18, 4, 64, "mark"),
    )


def timeline(report: Report) -> Html | None:
    """When each model was out."""
    if not report.incidents:
        return None
    scale, by_model = Scale(report.since, report.until), dict[str, list[Incident]]()
    for one in report.incidents:
        by_model.setdefault(one.model_id, []).append(one)
    rows = [(name, _outages(name, each, scale)) for name, each in list(by_model.items())[:LANES]]
    caption = "When each model was out, from its first failure until it answered again."
    return lanes(rows, ends_of(report), caption)


def _outages(name: str, each: Sequence[Incident], scale: Scale) -> Html:
    marks = (_outage(one, scale) for one in each)
    return svg(f"Incidents of {name}", rect(0, 46, WIDTH, 8, "up"), *marks)


def _outage(one: Incident, scale: Scale) -> Html:
    begin, end = scale(one.began), scale(one.until or one.seen_until)
    return rect(begin, 15, max(end - begin, 4), 70, "down")


def costs(each: Sequence[Cost]) -> Html | None:
    """What each model has cost, by direction, with what gave no answer."""
    most = max((one.total for one in each), default=0.0)
    if not most:
        return None
    rows = [(one.model_id, _cost(one, most)) for one in each[:LANES]]
    keys = ("input", "input"), ("cached", "cached"), ("output", "output")
    told = (part for name, kind in keys for part in (tag("span", name, class_=f"key {kind}"), ", "))
    lost = tag("span", "of attempts without an answer", class_="key lost")
    return lanes(rows, ("0", "", words.money(most)), joined(("Cost: ", *told, lost, " (below)")))


def _cost(one: Cost, most: float) -> Html:
    return svg(
        f"Cost of {one.model_id}",
        *_parts(one, most),
        rect(0, 76, WIDTH * one.unanswered / most, 10, "lost"),
    )


def _parts(one: Cost, most: float) -> Iterator[Html]:
    known = [one.input or 0.0, one.cached or 0.0, one.output or 0.0]
    parts = known if sum(known) else [one.total, 0.0, 0.0]
    at, stretch = 0.0, WIDTH * one.total / most / sum(parts)
    for kind, part in zip(("input", "cached", "output"), parts, strict=True):
        yield rect(at, 20, part * stretch, HEIGHT / 2, kind)
        at += part * stretch
