"""A report as sections of words: titles, sentences and tables, which text and HTML both show."""

from __future__ import annotations

from collections.abc import Iterator

from ...analytics.incidents import Incident, Typical
from ...analytics.shares import ENOUGH
from .. import words
from ..report import Compared, Report
from .basis import basis_of
from .tables import Row, Section, Table, number, text
from .tables_of_models import models_of


def headline(report: Report) -> tuple[str, ...]:
    """What matters, in a few sentences."""
    service = report.service
    found = service.availability
    if found is None:
        return ("No task came in this period.",)
    not_answered = found.count - found.part
    all_ = words.several(found.count, "task")
    told = [
        f"{words.percent(found.value)} of {all_} answered ({words.between(found.interval)}); "
        f"{words.count(not_answered) if not_answered else 'none'} went without an answer."
    ]
    if not found.is_enough:
        told.append(f"Fewer than {ENOUGH} tasks are too few for any more than these numbers.")
    return (*told, *_budget_told(report), *_incidents_told(report))


def _budget_told(report: Report) -> Iterator[str]:
    budget = report.service.budget
    if budget is not None and budget.left >= 0:
        yield (
            f"Of the error budget of {words.percent(budget.objective)}, "
            f"{words.percent(budget.left)} remains."
        )
    elif budget is not None:
        yield (
            f"The error budget of {words.percent(budget.objective)} is used "
            f"{words.factor(budget.burn)}: {words.count(budget.used)} tasks failed, and it allows "
            f"{words.amount(budget.allowed)}."
        )


def _incidents_told(report: Report) -> Iterator[str]:
    found = report.incidents
    if not found:
        yield "There was no incident."
        return
    models = len({one.model_id for one in found})
    recover = report.times.recover
    assert recover is not None
    is_open = sum(one.until is None and not one.lost for one in found)
    yield (
        f"{words.several(len(found), 'incident')} of {words.several(models, 'model')}"
        f"{f', {is_open} still open' if is_open else ''}; the longest took "
        f"{words.took(recover.worst)} from its detection to the first success."
    )


def sections(report: Report) -> tuple[Section, ...]:
    """All parts that have something to tell, in their order."""
    parts = (
        _service(report),
        _advice(report),
        _incidents(report),
        models_of(report),
        _costs(report),
        _findings(report),
        _comparison(report),
        _injected(report),
        basis_of(report),
    )
    return tuple(part for part in parts if part is not None)


def _service(report: Report) -> Section:
    service, budget = report.service, report.service.budget
    rows: list[Row] = []
    for title, found in (
        ("Tasks answered", service.availability),
        ("Minutes in service", service.minutes),
    ):
        if found is not None:
            told = words.percent(found.value), words.between(found.interval)
            rows.append((title, *told, words.count(found.count)))
    for title, one in (
        ("Duration, p50", service.durations.p50),
        ("Duration, p95", service.durations.p95),
        ("Duration, p99", service.durations.p99),
    ):
        if one is not None:
            told = words.quantile(one), words.seconds_between(one.interval)
            rows.append((title, *told, words.count(one.count)))
    if budget is not None:
        allowed = words.amount(budget.allowed)
        rows.append(("Error budget left", words.percent(budget.left), "", allowed))
        rows.append(("Burn of the budget", words.factor(budget.burn), "", ""))
    if budget is not None and budget.worst is not None:
        at = f"from {words.when(budget.worst_at)}"
        rows.append(("Burn of the worst hour", words.factor(budget.worst), at, ""))
    rows += [
        ("Failed", words.count(service.failed), "", ""),
        ("Refused", words.count(service.refused), "", ""),
        ("Cancelled by their callers", words.count(service.cancelled), "", ""),
    ]
    columns = text(""), number("Value"), number("95 % interval"), number("Of")
    tables = [Table("All tasks", columns, tuple(rows))]
    if service.fallbacks:
        heads = text("Meant for"), text("Answered by"), number("Tasks")
        pairs = ((one.meant, one.answered, words.count(one.tasks)) for one in service.fallbacks)
        tables.append(Table("Answered by another model", heads, tuple(pairs)))
    return Section("service", "Service", (), tuple(tables))


def _advice(report: Report) -> Section | None:
    if not report.advice:
        return None
    rows = tuple(
        (one.model_id or "all", one.measured, one.cause, one.setting) for one in report.advice
    )
    columns = text("Model"), text("Measured"), text("Why it matters"), text("What to set")
    return Section("advice", "Recommendations", (), (Table("Recommendations", columns, rows),))


def _incidents(report: Report) -> Section | None:
    found = report.incidents
    if not found:
        return None
    times = report.times
    steps = (
        ("To detect", times.detect),
        ("To divert", times.divert),
        ("To recover", times.recover),
        ("To restore", times.restore),
    )
    summary = Table(
        "How long it took",
        (text(""), number("Median"), number("Worst"), number("Incidents")),
        tuple(_typical(title, one) for title, one in steps if one is not None),
    )
    columns = (
        *(text("Model"), text("Detected"), text("Cause")),
        *(number("Detect"), number("Divert"), number("Recover"), number("Restore")),
        *(text("State"),),
    )
    each = Table("Incidents", columns, tuple(_incident(one) for one in found))
    return Section("incidents", "Incidents", (), (summary, each))


def _typical(title: str, one: Typical) -> Row:
    return title, words.took(one.median), words.took(one.worst), words.count(one.count)


def _incident(one: Incident) -> Row:
    times = (one.detect, one.divert, one.recover, one.restore)
    return (
        one.model_id,
        words.moment(one.detected),
        one.cause.replace("_", " "),
        *map(words.took, times),
        _state(one),
    )


def _state(one: Incident) -> str:
    if one.until is None:
        return "its process ended" if one.lost else "open"
    return "over" if one.answered is not None else "back, no call since"


def _costs(report: Report) -> Section | None:
    costs = report.costs
    if not costs:
        return None
    rows = tuple(
        (
            one.model_id,
            *map(words.money, (one.total, one.input, one.cached, one.output, one.unanswered)),
            words.percent(one.unanswered / one.total),
        )
        for one in costs
    )
    columns = (
        *(text("Model"), number("Total"), number("Input"), number("Cached"), number("Output")),
        *(number("Without an answer"), number("Share of it")),
    )
    total, lost = sum(one.total for one in costs), sum(one.unanswered for one in costs)
    lead = (
        f"{words.money(total)} in all, in the currency of the prices; {words.money(lost)} of it "
        f"({words.percent(lost / total)}) for attempts that gave no answer and were billed.",
    )
    return Section("costs", "Cost", lead, (Table("Cost by model", columns, rows),))


def _findings(report: Report) -> Section | None:
    if not report.findings:
        return None
    told = tuple(one.text for one in report.findings)
    return Section("findings", "What has changed, and what comes", told)


def _comparison(report: Report) -> Section | None:
    found = report.comparison
    if found is None:
        return None
    lead = (f"Beside {words.when(found.since)} to {words.when(found.until)} UTC.",)
    if not found.rows:
        return Section("comparison", "Beside another period", (*lead, "That has no data."))
    columns = (
        *(text(""), text("Model"), number("Then"), number("Now"), number("Difference")),
        *(number("95 % interval"), text("Verdict")),
    )
    rows = tuple(_compared(one) for one in found.rows)
    tables = (Table("Two periods", columns, rows),)
    return Section("comparison", "Beside another period", lead, tables)


def _compared(one: Compared) -> Row:
    name = "all" if one.model_id is None else one.model_id
    low, high = one.interval.low, one.interval.high
    if one.unit == "share":
        both = words.percent(one.before), words.percent(one.now)
        told = words.points(one.difference), f"{words.points(low)} to {words.points(high)}"
    else:
        both = words.seconds(one.before), words.seconds(one.now)
        told = (
            words.change(one.difference - 1),
            f"{words.change(low - 1)} to {words.change(high - 1)}",
        )
    return one.metric, name, *both, *told, _verdict(one)


def _verdict(one: Compared) -> str:
    if min(one.counts) < ENOUGH:
        return "too little data"
    if not one.seen:
        return "no difference seen"
    better = one.difference > 0 if one.unit == "share" else one.difference < 1
    return "better" if better else "worse"


def _injected(report: Report) -> Section | None:
    if not report.injected:
        return None
    how = "are in" if report.with_injected else "are in none of"
    lead = (f"Failures that experiments have injected; they {how} the numbers above.",)
    rows = tuple(
        (one.model_id or "all tasks", words.counts(one.outcomes)) for one in report.injected
    )
    tables = (Table("Injected", (text("Model"), text("Outcomes")), rows),)
    return Section("injected", "Injected failures", lead, tables)
