"""What an application meets with default settings: no setting is given but the models.

Open load in the outages: a task is sent when it is due. The longest task of an outage is held
against the p99 before it, so a machine that stands still for a moment shows here, and so does a
full collection of Python's garbage.
"""

from __future__ import annotations

from ..reporting.report import Cell, Part, Table, Target
from .moments import MOMENTS
from .outages import FAULTS, Found, Span, outage

_BEFORE_IT_OPENS, _ONCE_OPEN, _RETURN = 2.0, 1.5, 1.0
_HEADINGS = (
    *("", "tasks", "answered", "p99 ms before", "longest before", "until it opens", "longest then"),
    *("calls in the outage", "s to return"),
)


async def measure(quick: bool) -> Part:
    """The outages, then the single moments."""
    part = Part("defaults")
    span = Span(0.3, 0.5, 1.5) if quick else Span(3.0, 10.0, 12.0)
    rows: list[tuple[Cell, ...]] = []
    for fault in FAULTS:
        found = await outage(fault, span)
        rows.append(_row(fault, found))
        part.targets.extend(_targets(fault, found))
    title = f"The first of two models of 10 ms is out for {span.outage:g} s, 200 tasks/s"
    part.tables.append(Table(title, _HEADINGS, tuple(rows)))
    figures: list[tuple[Cell, ...]] = []
    for moment in MOMENTS:
        figure = await moment.take(quick)
        figures.append((moment.name, figure, moment.unit))
        part.targets.append(Target(moment.name, figure, moment.limit, moment.unit, moment.at_least))
    part.tables.append(Table("Moments", ("", "figure", ""), tuple(figures)))
    return part


def _row(fault: str, found: Found) -> tuple[Cell, ...]:
    return (
        fault,
        found.tasks,
        f"{found.answered:.2%}",
        found.before * 1e3,
        found.longest_before * 1e3,
        found.until_open * 1e3,
        found.once_open * 1e3,
        found.calls,
        found.returned,
    )


def _targets(fault: str, found: Found) -> list[Target]:
    before = found.before
    return [
        Target(f"answered, {fault}", found.answered * 100, 100.0, "%", True),
        Target(
            f"longest task until it opens, {fault}",
            found.until_open / before,
            _BEFORE_IT_OPENS,
            "x the p99 before",
        ),
        Target(
            f"longest task once it is open, {fault}",
            found.once_open / before,
            _ONCE_OPEN,
            "x the p99 before",
        ),
        Target(f"serves again, {fault}", found.returned, _RETURN, "s"),
    ]
