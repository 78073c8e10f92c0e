"""The section of the models: how much each did and how well, and what went wrong."""

from __future__ import annotations

from ...analytics.shares import ENOUGH
from .. import words
from ..report import Durations, ModelLine, Report
from .tables import Row, Section, Table, number, text


def models_of(report: Report) -> Section | None:
    """The section; None: no model did anything."""
    lines = report.models
    if not lines:
        return None
    tables = [_work(lines), _durations("Durations", lines), _trouble(lines)]
    if any(line.first_contents.p50 for line in lines):
        tables.insert(2, _durations("First content of streams", lines, streams=True))
    few = [line.model_id for line in lines if line.attempts < ENOUGH]
    lead = (f"Too little data to judge (fewer than {ENOUGH} attempts): {', '.join(few)}.",)
    return Section("models", "Models", lead if few else (), tuple(filter(None, tables)))


def _work(lines: tuple[ModelLine, ...]) -> Table:
    columns = (
        *(text("Model"), number("Answers"), number("Share of all"), number("Attempts")),
        *(number("Succeeded"), number("95 % interval"), number("At once at most")),
    )
    return Table("Work and success", columns, tuple(_worked(line) for line in lines))


def _worked(line: ModelLine) -> Row:
    found, most = line.success, words.count(line.under_way)
    return (
        line.model_id,
        words.count(line.successes),
        words.NOTHING if line.share is None else words.percent(line.share.value),
        words.count(line.attempts),
        words.NOTHING if found is None else words.percent(found.value),
        words.NOTHING if found is None else words.between(found.interval),
        most if line.limit is None else f"{most} of {words.count(line.limit)}",
    )


def _durations(title: str, lines: tuple[ModelLine, ...], *, streams: bool = False) -> Table | None:
    columns = text("Model"), number("p50"), number("p95"), number("p99")
    told = ((line, line.first_contents if streams else line.durations) for line in lines)
    rows = tuple(_percentiles(line, each) for line, each in told if each.p50 is not None)
    return Table(title, columns, rows) if rows else None


def _percentiles(line: ModelLine, each: Durations) -> Row:
    told = (each.p50, each.p95, each.p99)
    return line.model_id, *map(words.quantile_between, told)


def _trouble(lines: tuple[ModelLine, ...]) -> Table | None:
    columns = (
        *(text("Model"), text("Failures by kind"), text("Not asked, by reason")),
        *(number("Retries"), number("of use"), number("Hedges"), number("of use")),
        *(number("Breaker opened"),),
    )
    rows = tuple(_troubled(line) for line in lines if _is_troubled(line))
    return Table("Failures, and what was done about them", columns, rows) if rows else None


def _is_troubled(line: ModelLine) -> bool:
    each = (line.failures, line.timeouts, line.retries, line.hedged, line.opened)
    return any(each) or bool(line.refusals)


def _troubled(line: ModelLine) -> Row:
    return (
        line.model_id,
        words.counts(line.faults),
        words.counts(line.refusals),
        words.count(line.retries),
        words.count(line.retries_won),
        words.count(line.hedged),
        words.count(line.hedges_won),
        words.count(line.opened),
    )
