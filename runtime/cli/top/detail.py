"""Below the table: one model in full, or the alerts and what has happened. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from .marks import STYLES, Marks
from .seen import Seen
from .words import (
    Record,
    clock,
    count,
    lasting,
    look,
    of_workers,
    percent,
    quota_in_full,
    rate,
    span,
)

_LABEL = 13
_ALERTS = 3
_FIRST = 4
"""Totals of the first line."""
_USUAL = "started"
"""Why a model that has had no trouble is as it is."""
_TONES = {"critical": "bad", "error": "bad", "warning": "warn", "info": "info"}


def rule(title: str, width: int, marks: Marks) -> Text:
    """A line with a title in it."""
    found = Text(f" {marks.rule * 2} ", "dim")
    found.append(title, "not dim bold")
    return found.append(" " + marks.rule * max(0, width - len(title) - 6))


def detail(model: Record, now: float, width: int, marks: Marks) -> list[Text]:
    """All that is known of one model, what matters most first."""
    lines = [rule(model["id"], width, marks)]
    for label, value in _facts(model, now, marks.dot):
        line = Text(f"   {label:<{_LABEL}}", "dim")
        style = STYLES[look(model).tone] if label == "State" else ""
        lines.append(line.append(value, f"not dim {style}".strip()))
    return lines


def _facts(model: Record, now: float, dot: str) -> Iterator[tuple[str, str]]:
    begun = model["since"]
    for_long = "" if begun is None else f"  {dot}  for {lasting(begun, now)}"
    yield "State", f"{look(model).word}{for_long}"
    yield "Breaker", f"{model['breaker'].replace('_', ' ')}{_next_try(model)}"
    change = model["change"]
    if model["why"] != _USUAL:
        yield "Reason", model["why"]
    if model["error"]:
        yield "Last error", model["error"]
    yield "Last change", "none" if change is None else f"{clock(change['at'])}  {change['text']}"
    latencies = (f"{name} {span(model[name])}" for name in ("p50", "p95", "p99"))
    yield "Latency", f"  {dot}  ".join(latencies)
    limit = "no limit" if model["limit"] is None else f"of {model['limit']}"
    yield "In flight", f"{model['busy']} {limit}  {dot}  {model['waiting']} wait"
    calls, failed = f"{count(model['calls'])} in a minute", f"{percent(model['errors'])} failed"
    share = f"{percent(model['share'])} of the answers"
    yield "Calls", f"  {dot}  ".join((f"{rate(model['rate'])}/s", calls, failed, share))
    yield "Quota", quota_in_full(model)
    totals = [f"{count(number)} {what}" for what, number in model["totals"].items()]
    yield "In all", ", ".join(totals[:_FIRST])
    yield "", ", ".join(totals[_FIRST:])


def _next_try(model: Record) -> str:
    wait = model["retry_in"] or model["parked_for"]
    return f", next try in {span(wait)} at the latest" if wait else ""


def news(seen: Seen, now: float, width: int, most: int, marks: Marks) -> list[Text]:
    """Alerts that hold, then the newest events, in at most that many lines."""
    found: list[Text] = []
    alerts = seen.look["alerts"]
    if alerts and most >= 2:
        found.append(rule(f"Alerts: {len(alerts)}", width, marks))
        shown = alerts[: max(1, min(_ALERTS, most // 2))]
        found += [_alert(one, now, marks) for one in shown]
    left = most - len(found)
    if left >= 2:
        found.append(rule("Events", width, marks))
        found += [_event(one, marks) for one in seen.events[: left - 1]]
        if not seen.events:
            found.append(Text("   nothing has happened yet", "dim"))
    return found[:most]


def _alert(alert: Record, now: float, marks: Marks) -> Text:
    tone = _TONES.get(alert["severity"], "bad")
    found = Text(f"   {marks.shapes[tone]} {alert['severity']:<8} ", STYLES[tone])
    found.append(f"{lasting(alert['since'], now):>6}  ", "not bold dim default")
    return found.append(f"{_about(alert)}{alert['message']}{_noted(alert)}", "not bold default")


def _about(alert: Record) -> str:
    return (
        f"{alert['model']}: " if alert["model"] and alert["model"] not in alert["message"] else ""
    )


def _noted(alert: Record) -> str:
    if alert.get("over"):
        return " (over)"
    if alert.get("silenced"):
        return " (silenced)"
    by = alert.get("acknowledged_by")
    return f" (acknowledged by {by})" if by else ""


def _event(event: Record, marks: Marks) -> Text:
    tone = event["tone"] if event["tone"] in STYLES else "info"
    found = Text(f"   {clock(event['at'])}  ", "dim")
    found.append(f"{marks.shapes[tone]} ", f"not dim {STYLES[tone]}")
    if event["model"]:
        found.append(f"{event['model']}  ", "not dim bold")
    found.append(event["text"], "not dim")
    which = of_workers(event.get("workers"))
    return found.append(f"  {which}", "dim") if which else found
