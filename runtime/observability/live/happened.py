"""The last events, the alerts that hold and the audit: rings that an event is put into."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any

from ....actors.events import (
    ActionTaken,
    AlertRaised,
    AlertResolved,
    CircuitChanged,
    Event,
    HealthChanged,
)
from .sentences import in_words, told

EVENTS = 1_000
_ROWS = 200
_MODELS = 1_000

Record = dict[str, Any]


class Happened:
    """Takes each event at once, in the thread that publishes it; never waits.

    Records, since an event may hold an error with all its frames.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.last = 0
        self.events: deque[Record] = deque(maxlen=EVENTS)
        self.audit: deque[Record] = deque(maxlen=_ROWS)
        self.resolved: deque[Record] = deque(maxlen=_ROWS)
        self._active: dict[tuple[str, str | None], Record] = {}
        self._changes: dict[str, Record] = {}
        self._since: dict[str, int] = {}

    def take(self, event: Event) -> None:
        """Put one event where it belongs."""
        if isinstance(event, ActionTaken) and event.automatic:
            return  # its own event has told of it
        record = _record(event, next(self._numbers))
        self._sort(event, record)
        self.events.append(record)
        self.last = record["n"]

    def _sort(self, event: Event, record: Record) -> None:
        match event:
            case CircuitChanged() | HealthChanged():
                self._note_change(event, record)
            case AlertRaised():
                self._active[event.condition, event.model_id] = _alert(event)
            case AlertResolved():
                self._active.pop((event.condition, event.model_id), None)
                record["alert"] = _alert(event)
                self.resolved.append(record)
            case ActionTaken():
                record["action"] = _action(event)
                self.audit.append(record)
            case _:
                pass

    def alerts(self) -> list[Record]:
        """Those that hold, the oldest first."""
        return sorted(self._active.values(), key=lambda alert: alert["since"])

    def of(self, model_id: str) -> Record:
        """The last change of a model, and since when it is as it is."""
        return {"change": self._changes.get(model_id), "since": self._since.get(model_id)}

    def after(self, number: int) -> list[Record]:
        """The events after this number, the oldest first."""
        # A copy first: another thread may append.
        return [record for record in self.events.copy() if record["n"] > number]

    def reaches(self, number: int) -> bool:
        """Whether nothing is lost of what came after this number."""
        return number <= self.last and (not self.events or self.events[0]["n"] <= number + 1)

    def _note_change(self, event: CircuitChanged | HealthChanged, record: Record) -> None:
        model_id = event.model_id
        if len(self._changes) >= _MODELS and model_id not in self._changes:
            return
        is_health = isinstance(event, HealthChanged)
        if is_health or model_id not in self._since:
            self._since[model_id] = record["at"]
        # The breaker says more than the status that follows from it.
        before = self._changes.get(model_id)
        if is_health and before is not None and abs(record["at"] - before["at"]) < 50:
            return
        self._changes[model_id] = {"at": record["at"], "text": record["text"]}


def _record(event: Event, number: int) -> Record:
    text, tone, subject = told(event)
    kind = type(event).__name__
    at = round(event.at.timestamp() * 1e3)
    return {"n": number, "at": at, "kind": kind, "model": subject, "text": text, "tone": tone}


def _alert(event: AlertRaised | AlertResolved) -> Record:
    return {
        "condition": event.condition,
        "severity": event.severity,
        "model": event.model_id,
        "message": event.message,
        "since": round(event.since.timestamp() * 1e3),
        "fingerprint": event.fingerprint or None,
    }


def _action(event: ActionTaken) -> Record:
    return {
        "verb": event.action,
        "by": event.by,
        "reason": in_words(event.reason),
        "before": event.before,
        "after": event.after,
        "automatic": event.automatic,
    }
