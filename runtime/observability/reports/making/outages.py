"""The incidents of a period, out of the events of a history. An action by hand is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from .....actors.policies.breaker.states import Reason
from .....actors.policies.unavailability import UnavailableReason
from ...analytics.incidents import Incident, Note, What, incidents, merged, restored
from ...analytics.shares import ENOUGH
from ...history.kept import TURNS
from ...history.records import MINUTE, EventRow, Gap, HistorySource, RecordKind, SeriesPoint
from ..gathering import Gathered, Period
from ..source import processes

_BEFORE = timedelta(hours=1)
"""What is usual for a model is its share of the hour before an incident."""
_AFTER = timedelta(hours=6)
"""Its full share is looked for so long."""
_EARLIER = timedelta(days=1)
"""An incident may have begun so long before the period that it reaches into."""
_FULL = 0.9
_AUTOMATIC = frozenset(map(str, frozenset(Reason) - {Reason.OPERATOR}))
_NO_INCIDENT = frozenset(
    str(reason)
    for reason in (
        UnavailableReason.CIRCUIT_OPEN,  # the breaker tells of it
        UnavailableReason.MAINTENANCE,
        UnavailableReason.DISABLED,
        UnavailableReason.STOPPING,
        UnavailableReason.STARTING,
        UnavailableReason.NOT_SERVED,
    )
)
_TURNS = {name: what for what, name in TURNS.items()}


def outages(source: HistorySource, gathered: Gathered) -> list[Incident]:
    """Those of the period, oldest first, of all processes together; some began before it."""
    period = gathered.period
    found = [
        one
        for process in processes(source)
        for one in incidents(_notes(process, period), period.until)
    ]
    whole = [one for one in merged(found) if (one.until or one.seen_until) >= period.since]
    answers = {at: minute.good for at, minute in gathered.minutes}
    return [_restored(source, one, period, answers) for one in whole]


def _notes(source: HistorySource, period: Period) -> Iterator[Note]:
    """What one process has noted of its models, in the order of time."""
    since = period.since - _EARLIER
    events = source.read(RecordKind.EVENTS, since, period.until)
    gaps = source.read(RecordKind.GAPS, since, period.until)
    rows = [row for row in events if isinstance(row, EventRow)]
    ended = [gap for gap in gaps if isinstance(gap, Gap) and gap.reason == "not running"]
    told: list[EventRow | Gap] = sorted([*rows, *ended], key=lambda row: row.at)
    states: dict[str, _State] = {}
    for row in told:
        if isinstance(row, Gap):
            yield from (Note(row.at, model_id, What.LOST) for model_id in states)
            states.clear()
        elif row.model_id is not None:
            yield from states.setdefault(row.model_id, _State(row.model_id)).notes(row)


class _State:
    """What keeps a model from its tasks: its breaker, its status, or both."""

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._breaker = self._status = False

    def notes(self, row: EventRow) -> Iterator[Note]:
        """What an event means for the incidents of its model."""
        what = _TURNS.get(row.event)
        if what is not None:
            yield Note(row.at, self._model_id, what)
        elif row.event == "ModelRemoved":
            self._breaker = self._status = False
            yield Note(row.at, self._model_id, What.LOST)
        elif row.event in ("CircuitChanged", "HealthChanged"):
            was_out = self._breaker or self._status
            self._follow(row)
            is_out = self._breaker or self._status
            if is_out is not was_out:
                cause = str(row.fields.get("reason"))
                yield Note(row.at, self._model_id, What.OUT if is_out else What.BACK, cause)

    def _follow(self, row: EventRow) -> None:
        after, reason = row.fields.get("after"), str(row.fields.get("reason"))
        if row.event == "HealthChanged":
            self._status = after == "unavailable" and reason not in _NO_INCIDENT
        elif after == "open":
            self._breaker = self._breaker or reason in _AUTOMATIC
        elif after != "half_open":
            self._breaker = False


Answers: TypeAlias = Mapping[datetime, int]


def _restored(source: HistorySource, one: Incident, period: Period, answers: Answers) -> Incident:
    """With the time at which the model had its usual share of the answers again."""
    if one.answered is None:
        return one
    since = _floor(one.began - _BEFORE)
    mine = dict(_answers(source, one.model_id, since, one.began))
    all_ = sum(count for at, count in answers.items() if since <= at < one.began)
    if sum(mine.values()) < ENOUGH or not all_:
        return one
    wanted = _FULL * sum(mine.values()) / all_
    until = min(period.until, one.answered + _AFTER)
    later = _answers(source, one.model_id, _floor(one.answered), until)
    full = (at for at, count in later if answers.get(at) and count / answers[at] >= wanted)
    at = next(full, None)  # no more is read than up to there
    return restored(one, None if at is None else max(at, one.answered), until)


def _answers(
    source: HistorySource, model: str, since: datetime, until: datetime
) -> Iterator[tuple[datetime, int]]:
    """Answers by minute."""
    for row in source.read(RecordKind.SERIES, since, until, model, MINUTE):
        if isinstance(row, SeriesPoint):
            yield row.at, row.successes


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
