"""One look at all workers for the viewers of this one. Nothing is asked while there are none."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from secrets import token_hex
from typing import Any

import orjson

from ..observability.live.happened import EVENTS
from ..observability.live.live_feed import LiveFeed
from ..observability.live.records import Record, changed
from ..observability.live.task_log import FAILED, RECENT
from ..observability.live.verdict import verdict_of
from ..operations import books_of
from ..runtime import Runtime
from .siblings.looks import fleet_look
from .siblings.siblings import SOON, Siblings
from .siblings.sketches import SKETCHES, all_written
from .siblings.words import LOOK

_ROWS = 200
_SAME = 2_000
"""Milliseconds within which the same event of several workers is one event of the fleet."""
_BESIDE = ("alerts", "degradation", "experiments", "cluster", "workers")


class FleetFeed:
    """The rings of all workers since the first look at them, with numbers of its own.

    A task has the number of its `worker`, an event those of all `workers` that have it. An event
    that several have is one.

    So an id that a viewer brings from another worker is none here, and it gets all of it. `local`
    is what this worker alone keeps.
    """

    def __init__(self, runtime: Runtime, local: Callable[[], LiveFeed], siblings: Siblings) -> None:
        self._runtime = runtime
        self._local = local
        self._siblings = siblings
        self._epoch = token_hex(4)
        self._turn = asyncio.Lock()
        self._asked_at = float("-inf")
        self._last: dict[str, list[Any]] = {}
        self._whole: Record = {}
        self._events: deque[Record] = deque(maxlen=EVENTS)
        self._audit: deque[Record] = deque(maxlen=_ROWS)
        self._resolved: deque[Record] = deque(maxlen=_ROWS)
        self._tasks: deque[Record] = deque(maxlen=RECENT + FAILED)
        self._event_count = self._task_count = 0
        self._events_told = self._tasks_told = 0
        self._before: Record = {}
        self._beside: Record = {}
        siblings.on(LOOK, self._answer)

    def wake_by(self, wake: Callable[[], object]) -> None:
        """Call this for each event of this worker; those of others come with the next look."""
        self._local().wake_by(wake)

    async def refresh(self, every: float = 0.0) -> None:
        """Look at all workers. One that does not answer soon is left out until it does."""
        clock = asyncio.get_running_loop().time
        since = clock() - every
        async with self._turn:
            if self._asked_at > since:
                return
            asked_at = clock()
            others = await self._siblings.others(LOOK, orjson.dumps(self._last).decode(), SOON)
            looks = {self._siblings.number: self._here(self._last)}
            looks |= {one.worker: orjson.loads(one.body) for one in others}
            self._take(looks)
            self._asked_at = asked_at

    # What viewers are told.

    def state(self, after: int | None = None) -> Record:
        """All of it; with `after` the events since that number, where none of them is lost."""
        rings = {"audit": self._audit, "resolved": self._resolved, "tasks": self._tasks}
        return {**self.look(after), **{name: list(ring) for name, ring in rings.items()}}

    def look(self, after: int | None = None) -> Record:
        """As `state`, without the audit and the tasks."""
        kept = after is not None and self._reaches(after)
        number = after if kept and after is not None else 0
        return {**self._frame(), "kept": kept, "events": _newer(self._events, "n", number)}

    def change(self) -> Record | None:
        """What differs since the last call; None: nothing does."""
        frame = self._frame()
        models, beside = frame["models"], {name: frame[name] for name in _BESIDE}
        differing = changed(self._before, models)
        events = _newer(self._events, "n", self._events_told)
        tasks = _newer(self._tasks, "number", self._tasks_told)
        moved = self._before.keys() != models.keys() or beside != self._beside
        self._before, self._beside = models, beside
        self._events_told, self._tasks_told = self._event_count, self._task_count
        if not (differing or events or tasks or moved):
            return None
        return {**frame, "models": differing, "events": events, "tasks": tasks}

    def name(self) -> str:
        """The id of what was told last."""
        return f"{self._epoch}-{self._event_count}"

    def now(self) -> int:
        """Milliseconds since 1970."""
        return self._local().now()

    def after(self, last_id: str | None) -> int | None:
        """The number in an id that a viewer brings back; None: of another worker, or none."""
        epoch, _, number = (last_id or "").partition("-")
        is_number = number.isascii() and number.isdigit() and len(number) < 16
        return int(number) if epoch == self._epoch and is_number else None

    def _reaches(self, number: int) -> bool:
        first = self._event_count - len(self._events)
        return first <= number <= self._event_count

    def _frame(self) -> Record:
        return {**self._whole, "id": self.name(), "now": self.now()}

    # What the workers tell.

    async def _answer(self, asked: bytes) -> bytes:
        return orjson.dumps(self._here(orjson.loads(asked)), default=str)

    def _here(self, last: Mapping[str, Any]) -> Record:
        """The look of this worker, with what it has not told yet to the worker that asks."""
        feed = self._local()
        last_id, number = last.get(str(self._siblings.number), (None, 0))
        after = feed.after(last_id)
        found = feed.look(after)
        found["events"] = _newer(found["events"], "n", after or 0)
        found["tasks"] = (
            feed.tasks.all() if after is None else feed.tasks.since(number, RECENT + FAILED)
        )
        books = books_of(self._runtime)
        found[SKETCHES] = {} if books is None else all_written(books.recent())
        return {**found, "count": feed.tasks.count}

    def _take(self, looks: Mapping[int, Record]) -> None:
        self._last |= {str(number): [one["id"], one["count"]] for number, one in looks.items()}
        for event in _of_all(looks, "events"):
            self._take_event(event)
        for task in _of_all(looks, "tasks"):
            self._task_count += 1
            self._tasks.append({**task, "number": self._task_count})
        found = fleet_look(looks)
        for name in ("events", "tasks", "kept", "count"):
            del found[name]
        verdict = verdict_of(list(found["models"].values()), found["fleet"], found["degradation"])
        workers = self._siblings.counted(len(looks))
        self._whole = {**found, "verdict": verdict._asdict(), "workers": workers}

    def _take_event(self, event: Record) -> None:
        worker = event.pop("worker")
        for one in self._lately(event["at"]):
            if worker not in one["workers"] and _is_same(event, one):
                one["workers"] = sorted([*one["workers"], worker])
                return
        self._event_count += 1
        record = {**event, "n": self._event_count, "workers": [worker]}
        self._events.append(record)
        if "action" in record:
            self._audit.append(record)
        if "alert" in record:
            self._resolved.append(record)

    def _lately(self, at: int) -> Iterable[Record]:
        for one in reversed(self._events):
            if at - one["at"] > _SAME:
                return
            yield one


def _is_same(one: Record, other: Record) -> bool:
    same = all(one[name] == other[name] for name in ("kind", "model", "text"))
    return same and abs(one["at"] - other["at"]) <= _SAME


def _of_all(looks: Mapping[int, Record], name: str) -> list[Record]:
    """Those of all workers, the oldest first, each with the number of its worker."""
    found = [{**one, "worker": number} for number, look in looks.items() for one in look[name]]
    return sorted(found, key=lambda one: one["at"])


def _newer(records: Iterable[Record], name: str, number: int) -> list[Record]:
    return [record for record in records if record[name] > number]
