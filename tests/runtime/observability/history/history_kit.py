"""Records for a history, a file of them, and a fleet that does what a test says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from hive_resilience.actors.alerting.siblings import AlertSiblings
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.reference import AnyRef
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.speakers import Elsewhere, told_here
from hive_resilience.actors.policies.health.alerts import Alert
from hive_resilience.actors.policies.health.status import ModelStatus
from hive_resilience.actors.policies.metrics.figures import (
    FleetFigures,
    ModelFigures,
    TaskFigures,
    TokenCounts,
)
from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.config import HistoryConfig, RuntimeConfig
from hive_resilience.runtime.observability.history.records import (
    AuditRow,
    EventRow,
    Record,
    SeriesPoint,
)
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.history.tidying import Keep
from hive_resilience.runtime.observability.history.writer import Writer

NOON = 1_795_737_600
"""A whole hour, in seconds since 1970."""
KEEP = Keep.of(HistoryConfig())


def sketch(*durations: float) -> LatencySketch:
    """A sketch of these durations."""
    made = LatencySketch()
    for duration in durations:
        made.add(duration)
    return made


def point(at: float, model_id: str | None = "a", **fields: Any) -> SeriesPoint:
    """A point of one model at so many seconds."""
    return SeriesPoint(moment(at), model_id, **fields)


def event(at: float, name: str = "CircuitChanged", model_id: str | None = "a") -> EventRow:
    """An event of one model."""
    return EventRow(moment(at), name, model_id, {"after": "open"})


def big(at: float) -> EventRow:
    """An event that needs pages of its own."""
    return EventRow(moment(at), "Big", None, {"text": "x" * 50_000})


def action(at: float, number: int = 0) -> AuditRow:
    """The row of an action."""
    return AuditRow(moment(at), "trip", "a", "ops", str(number), "closed", "open", False)


OPENED: list[SqliteStore] = []


def opened(path: Path, keep: Keep = KEEP) -> SqliteStore:
    """A store over a file, open; the end of the test closes it."""
    store = SqliteStore(path, keep)
    store.open()
    OPENED.append(store)
    return store


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def successes(records: Iterable[Record]) -> dict[datetime, int]:
    """The successes of each point."""
    return {one.at: one.successes for one in records if isinstance(one, SeriesPoint)}


class Heard:
    """Notes what a writer tells of its health."""

    def __init__(self) -> None:
        self.told: list[str | None] = []

    def __call__(self, failing: str | None) -> None:
        self.told.append(failing)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def driven(
    folder: Path, heard: Heard, clock: Callable[[], float], name: str | None = "test"
) -> Writer:
    """A writer without its thread, which writes when the test says `cycle`."""
    made = Writer(folder, name, KEEP, heard, wall=clock, clock=clock)
    made._open()
    return made


def cycle(one: Writer) -> None:
    """Write now, if it is time for a try."""
    one._cycle()


def ended(one: Writer) -> None:
    """Let it write what waits, and end."""
    one._cycle(at_last=True)
    one._let_go()


class Books:
    """A fleet whose books a test writes."""

    def __init__(self, config: RuntimeConfig) -> None:
        self.config = config
        self.done: dict[str, int] = {}
        self.spent: dict[str, LatencySketch] = {}

    def answer(self, model_id: str, duration: float = 0.1) -> None:
        """One more task that a model has answered."""
        self.done[model_id] = self.done.get(model_id, 0) + 1
        self.spent.setdefault(model_id, LatencySketch()).add(duration)

    def remove(self, model_id: str) -> None:
        """A model goes, and its books with it."""
        self.done.pop(model_id, None)
        self.spent.pop(model_id, None)

    def figures(self) -> FleetFigures:
        return FleetFigures(0.0, self.tasks(), tuple(self.models(self.done)))

    async def taken(self) -> FleetFigures:
        return self.figures()

    def alerts(self) -> tuple[Alert, ...]:
        return ()

    def count_alerts_by(self, active: object) -> None:
        """Nothing here asks for them."""

    @property
    def alert_siblings(self) -> AlertSiblings:
        return AlertSiblings()

    def share_alerts(self, tells: Callable[[], bool], changed: Callable[[], None]) -> Elsewhere:
        return told_here

    def supervise(self, name: str, make: Callable[[], Actor]) -> AnyRef:
        raise AssertionError(f"a history has no actor: {name} {make}")

    def model_ids(self) -> list[str]:
        return list(self.done)

    def activity(self, model_ids: Iterable[str]) -> list[int]:
        return [self.done.get(one, 0) for one in model_ids]

    def models(self, model_ids: Iterable[str]) -> list[ModelFigures]:
        return [self._model(one) for one in model_ids if one in self.done]

    def tasks(self) -> TaskFigures:
        total = sum(self.done.values())
        empty = LatencySketch()
        return TaskFigures(total, 0, 0, 0, empty, empty, 0, 0, {}, {})

    def direct_durations(self, model_ids: Iterable[str]) -> LatencySketch:
        found = LatencySketch()
        for model_id in model_ids:
            found.merge(self.spent.get(model_id, LatencySketch()))
        return found

    def _model(self, model_id: str) -> ModelFigures:
        zeros: dict[str, Any] = dict.fromkeys(
            (
                *("failures", "timeouts", "cancelled", "rejected", "retries", "failovers"),
                *(
                    "hedged",
                    "hedges_won",
                    "hedges_lost",
                    "abandoned",
                    "under_way",
                    "waiting",
                    "restarts",
                ),
            ),
            0,
        )
        none: dict[str, int] = {}
        return ModelFigures(
            model_id=model_id,
            status=ModelStatus.AVAILABLE,
            breaker=State.CLOSED,
            successes=self.done[model_id],
            faults=none,
            rejections=none,
            transitions=none,
            tokens=TokenCounts(),
            durations=self.spent[model_id].copy(),
            other_durations=LatencySketch(),
            first_contents=LatencySketch(),
            limit=10,
            requests_left=None,
            tokens_left=None,
            retry_budget=None,
            **zeros,
        )
