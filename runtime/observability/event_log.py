"""What an operator hears without subscribing: some events, as one line each in the log.

Warnings reach stderr by Python's own last resort; an application's configuration of `logging`
replaces that. No line has a payload.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from pydantic.alias_generators import to_snake

from ...actors.adaptation_events import DegradationChanged, RemedyFailed
from ...actors.chaos_events import ChaosStarted, ChaosStopped, FaultInjected
from ...actors.events import (
    ActionTaken,
    AlertRaised,
    AlertResolved,
    ChildQuarantined,
    ChildRestarted,
    CircuitChanged,
    Event,
    Reloaded,
    ReloadRejected,
    TasksWaiting,
)
from ...actors.policies.breaker.states import Reason, State
from ...actors.policies.outcomes.foreign_text import described
from ...config.values.log_fields import log_event

log: logging.Logger = logging.getLogger("hive_resilience.events")

QUIET = 10.0
"""Seconds in which the same line about the same subject is not written again."""
_MOST = 1_000
_TEXTS = frozenset({"cause", "message", "problems"})
"""Fields of events that the line itself has in its own words."""
_AT_ONCE = 1.0
"""Seconds in which an alert follows from what an operator has just done."""

Fields = Mapping[str, Any]
Line = tuple[int, str, object]
"""Level, text, and what the line is about."""


def _circuit(fields: Fields) -> Line | None:
    model, after, reason = fields["model_id"], fields["after"], fields["reason"]
    if after is State.OPEN:
        span = fields["open_for"]
        until = "" if span is None else f" for {span:.3g} s"
        level = logging.INFO if _by_operator(fields) else logging.WARNING
        return level, f"circuit opened: model={model}{until}, reason={reason}", model
    if after is State.CLOSED:
        return logging.INFO, f"circuit closed: model={model}, reason={reason}", model
    return None


def _by_operator(fields: Fields) -> bool:
    """Whether an operator or a program has moved the breaker: to them that is no warning."""
    return bool(fields["reason"] == Reason.OPERATOR)


def _raised(fields: Fields) -> Line:
    about = f"{fields['condition']}: {fields['message']}"
    severity = fields["severity"]
    return logging.WARNING, f"alert raised: severity={severity}, {about}", fields["model_id"]


def _resolved(fields: Fields) -> Line:
    about = f"{fields['condition']}: {fields['message']}"
    return logging.INFO, f"alert resolved: {about}", fields["model_id"]


def _quarantined(fields: Fields) -> Line:
    child, cause = fields["child"], described(fields["cause"])
    again = fields["retry_after"]
    told = f"actor quarantined: {child}, cause={cause}, tried again in {again:.3g} s"
    return logging.WARNING, told, child


def _restarted(fields: Fields) -> Line:
    child = fields["child"]
    return logging.INFO, f"actor restarted: {child}, restarts={fields['restarts']}", child


def _rejected(fields: Fields) -> Line:
    problems = fields["problems"]
    first = str(problems[0].message) if problems else ""
    told = f"reload rejected, nothing changed: problems={len(problems)}, the first: {first}"
    return logging.WARNING, told, None


def _reloaded(fields: Fields) -> Line:
    names = ("added", "removed", "changed", "settings")
    told = ", ".join(f"{name}={','.join(fields[name])}" for name in names if fields[name])
    return logging.INFO, f"reloaded: {told or 'nothing differs'}", None


def _waiting(fields: Fields) -> Line:
    what = "refused" if fields["refused"] else "waiting"
    model, limit, waiting = fields["model_id"], fields["limit"], fields["waiting"]
    told = f"tasks {what}: no place of model={model} is free here, of {limit}, waiting={waiting}"
    return logging.WARNING, told, (model, what)


def _action(fields: Fields) -> Line:
    action, target, by = fields["action"], fields["target"], fields["by"]
    about = "" if target is None else f" {target}"
    moved = "" if fields["after"] is None else f", {fields['before'] or '-'} -> {fields['after']}"
    told = f"action taken: {action}{about}, by={by}, reason={fields['reason']}{moved}"
    return logging.INFO, told, (action, target, by)


def _chaos_begun(fields: Fields) -> Line:
    id, fault, models = fields["experiment"], fields["fault"], ",".join(fields["models"])
    told = f"chaos started: experiment={id}, fault={fault}, models={models or '-'}"
    return logging.WARNING, told, (id, fault)


def _chaos_over(fields: Fields) -> Line:
    id, hits, reason = fields["experiment"], fields["hits"], fields["reason"]
    return logging.WARNING, f"chaos stopped: experiment={id}, hits={hits}, reason={reason}", id


def _injected(fields: Fields) -> Line:
    id, model, fault = fields["experiment"], fields["model_id"] or "-", fields["fault"]
    told = f"fault injected: experiment={id}, model={model}, fault={fault}"
    return logging.INFO, told, (id, model, fault)


def _degradation(fields: Fields) -> Line:
    before, after, reason = fields["before"], fields["after"], fields["reason"]
    told = f"degradation: {before} -> {after}, reason={reason}"
    actions = f", actions={','.join(fields['actions'])}" if fields["actions"] else ""
    worse = after.rank > before.rank and not fields["held"]
    return logging.WARNING if worse else logging.INFO, told + actions, None


def _remedy_failed(fields: Fields) -> Line:
    model, remedy, error = fields["model_id"], fields["remedy"], fields["error"]
    return logging.WARNING, f"remedy failed: {remedy}, model={model}, {error}", (model, remedy)


_LINES: Mapping[type[Event], Callable[[Fields], Line | None]] = {
    ActionTaken: _action,
    ChaosStarted: _chaos_begun,
    ChaosStopped: _chaos_over,
    FaultInjected: _injected,
    CircuitChanged: _circuit,
    AlertRaised: _raised,
    AlertResolved: _resolved,
    ChildQuarantined: _quarantined,
    ChildRestarted: _restarted,
    DegradationChanged: _degradation,
    RemedyFailed: _remedy_failed,
    ReloadRejected: _rejected,
    Reloaded: _reloaded,
    TasksWaiting: _waiting,
}


class EventLog:
    """Writes events that concern an operator into the log; the same line not again and again."""

    def __init__(self) -> None:
        self.alerts_have_a_channel = False
        """Whether a channel writes alerts into the log: then they are not written here too."""
        self._quiet_until: dict[object, float] = {}
        self._unsaid: dict[object, int] = {}
        self._by_operator: dict[object, float] = {}
        """When an operator has last moved the breaker of a model, and of any (None)."""

    def note(self, event: type[Event], fields: Fields) -> None:
        """Log the event, if it is one for the log."""
        if self.alerts_have_a_channel and event in (AlertRaised, AlertResolved):
            return
        line = _LINES.get(event)
        found = None if line is None else line(fields)
        if found is None:
            return
        level, told, subject = found
        now = time.monotonic()
        if event is CircuitChanged and _by_operator(fields):
            self._by_operator = {subject: now, None: now}
        elif event is AlertRaised and now < self._by_operator.get(subject, -inf) + _AT_ONCE:
            level = logging.INFO
        key = (event, level, subject)
        if not log.isEnabledFor(level):
            return
        if now < self._quiet_until.get(key, 0.0):
            self._unsaid[key] = self._unsaid.get(key, 0) + 1
            return
        if len(self._quiet_until) >= _MOST:
            self._quiet_until.clear()
        self._quiet_until[key] = now + QUIET
        unsaid = self._unsaid.pop(key, 0)
        more = f" ({unsaid} more since the last line)" if unsaid else ""
        log.log(level, "%s%s", told, more, extra=_extra(event, fields))


def _extra(event: type[Event], fields: Fields) -> dict[str, object]:
    """The fields that are words and numbers: no message, no error, and no object of a user."""
    plain = {name: value for name, value in fields.items() if _is_plain(name, value)}
    name = to_snake(event.__name__).replace("_", ".", 1)
    return log_event(name, **plain)


def _is_plain(name: str, value: object) -> bool:
    return name not in _TEXTS and isinstance(value, str | int | float)
