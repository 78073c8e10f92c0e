"""One look at a fleet for all that watch it, as records that JSON can carry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any

from ....actors.events import Event
from ....config.errors import ResilienceError
from ..event_bus import EventBus
from ..snapshot import RuntimeSnapshot
from .happened import Happened
from .records import (
    Record,
    changed,
    cluster_record,
    fleet_record,
    model_record,
    with_shares,
)
from .series import STEP, Series
from .task_log import TaskLog
from .verdict import verdict_of

_TASKS = 25
"""Tasks that one message tells at most; the rest is in the log."""


class LiveFeed:
    """Keeps rings of events, tasks and points; looks at the fleet when it is asked, or each step.

    On one loop; `look` is called there. `wake` is called for each event, in any thread.
    """

    def __init__(
        self,
        look: Callable[[], RuntimeSnapshot],
        bus: EventBus,
        tasks: TaskLog,
        *,
        alerts: Callable[[], list[Record] | None] = lambda: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._look = look
        self._bus = bus
        self._alerts = alerts
        self._wall = wall
        self.tasks: TaskLog = tasks
        self.epoch: str = token_hex(4)
        """Tells the numbers of this run from those of another."""
        self.happened: Happened = Happened()
        self.wake: Callable[[], object] = lambda: None
        self.beside: Callable[[], Record] = dict
        """Says the level of the fleet and the experiments that run, as `degradation` and
        `experiments`."""
        self._series: dict[str, Series] = {}
        self._models: dict[str, Record] = {}
        self._beside_told: Record = {}
        self._cluster: Record | None = None
        self._crowded_since: float | None = None
        self._told = 0
        self._tasks_told = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unsubscribe: Callable[[], None] | None = None

    # Its life.

    def start(self) -> None:
        """Keep the rings from now on; does nothing where they are kept already."""
        if self._unsubscribe is None:
            self._unsubscribe = self._bus.tap(self._hear, (), lambda: None)
            self._step()

    def close(self) -> None:
        """Keep them no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._unsubscribe is not None:
            self._unsubscribe()

    def _hear(self, event: Event) -> None:
        self.happened.take(event)
        self.wake()

    def _step(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(STEP, self._step)
        with suppress(ResilienceError):  # it has not started, or has ended
            snapshot = self._look()
            now, wall = loop.time(), self._wall()
            self._follow(snapshot, now)
            for model_id, model in snapshot.models.items():
                self._series[model_id].step(model, now, wall)
            self._judge(snapshot, wall)

    # What viewers are told.

    def wake_by(self, wake: Callable[[], object]) -> None:
        """Call this for each event, in any thread."""
        self.wake = wake

    async def refresh(self, every: float = 0.0) -> None:
        """There are no others to be asked."""

    def state(self, after: int | None = None) -> Record:
        """All of it; with `after` the events since that number, where none of them is lost."""
        audit, resolved = list(self.happened.audit), list(self.happened.resolved)
        tasks = self.tasks.all()
        return {**self.look(after), "audit": audit, "resolved": resolved, "tasks": tasks}

    def look(self, after: int | None = None) -> Record:
        """As `state`, without the audit and the tasks: what a viewer may ask for each second."""
        models, fleet = self._seen()
        kept = after is not None and self.happened.reaches(after)
        number = after if kept and after is not None else 0
        return {
            **self._frame(models, fleet),
            "models": {model["id"]: model for model in models},
            "order": [model["id"] for model in models],
            "kept": kept,
            "events": self.happened.after(number),
        }

    def change(self) -> Record | None:
        """What differs since the last call; None: nothing does."""
        models, fleet = self._seen()
        before, self._models = self._models, {model["id"]: model for model in models}
        events, tasks = self.happened.after(self._told), self.tasks.since(self._tasks_told, _TASKS)
        self._told, self._tasks_told = self.happened.last, self.tasks.count
        differing = changed(before, self._models)
        frame = self._frame(models, fleet)
        now = {name: frame[name] for name in ("alerts", "degradation", "experiments", "cluster")}
        moved = before.keys() != self._models.keys() or now != self._beside_told
        self._beside_told = now
        if not (differing or events or tasks or moved):
            return None
        return {
            **frame,
            "models": differing,
            "order": list(self._models),
            "events": events,
            "tasks": tasks,
        }

    def points(self, model_id: str) -> list[Any]:
        """The points of a model's last 15 minutes. Raises `KeyError` for one unknown."""
        return [tuple(point) for point in self._series[model_id].points]

    def name(self) -> str:
        """The id of what was told last: of this run, up to this event."""
        return f"{self.epoch}-{self.happened.last}"

    def now(self) -> int:
        """Milliseconds since 1970."""
        return round(self._wall() * 1e3)

    def after(self, last_id: str | None) -> int | None:
        """The number in an id that a viewer brings back; None: of another run, or none."""
        epoch, _, number = (last_id or "").partition("-")
        if epoch != self.epoch or not (number.isascii() and number.isdigit() and len(number) < 16):
            return None
        return int(number)

    def _frame(self, models: list[Record], fleet: Record) -> Record:
        alerts = self._alerts()
        beside: Record = {"degradation": None, "experiments": [], **self.beside()}
        return {
            "id": self.name(),
            "now": self.now(),
            "fleet": fleet,
            "verdict": verdict_of(models, fleet, beside["degradation"])._asdict(),
            "alerts": self.happened.alerts() if alerts is None else alerts,
            "alerts_on": alerts is not None,
            "cluster": self._cluster,
            **beside,
        }

    def _seen(self) -> tuple[list[Record], Record]:
        snapshot, now = self._look(), asyncio.get_running_loop().time()
        self._follow(snapshot, now)
        self._cluster = cluster_record(snapshot.cluster)
        wall = self._wall()
        self._judge(snapshot, wall)
        for name, model in snapshot.models.items():
            self._series[name].judge(model, now, wall)
        closed, history = snapshot.router.closed, self.happened.of
        models = with_shares(
            model_record(model, self._series[name], now, closed.get(name), history(name))
            for name, model in snapshot.models.items()
        )
        found = ((self._series[name], model) for name, model in snapshot.models.items())
        for record in models:
            record["ramp"] = snapshot.router.ramping.get(record["id"])
        windows = [(one.minute(model, now), one.short(model, now)) for one, model in found]
        return models, fleet_record(snapshot.router, windows, self._crowded_since)

    def _judge(self, snapshot: RuntimeSnapshot, wall: float) -> None:
        """Note whether as many tasks wait as models that serve have places."""
        closed, waiting = snapshot.router.closed, snapshot.router.waiting
        serving = (model for name, model in snapshot.models.items() if name not in closed)
        if not waiting or waiting < sum(model.bulkhead.limit for model in serving):
            self._crowded_since = None
        elif self._crowded_since is None:
            self._crowded_since = wall

    def _follow(self, snapshot: RuntimeSnapshot, now: float) -> None:
        """Have a series for each model there is."""
        for model_id in self._series.keys() - snapshot.models.keys():
            del self._series[model_id]
        for model_id, model in snapshot.models.items():
            if model_id not in self._series:
                self._series[model_id] = Series(model, now)
