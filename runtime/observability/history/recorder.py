"""The part beside a fleet that keeps its history: it looks each second, and hears every event.

It reads the books of the models that have done something, a few at a time, so that no task waits
behind a look. Looks take 2 % of the loop's time at most: a fleet for which that is too little is
looked at less often.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ....actors.calls.thread_end import threads_ended
from ....actors.events import AlertRaised, AlertResolved, CircuitChanged, Event
from ....actors.policies.breaker.states import State
from ....actors.policies.health.alerts import SEVERITIES, AlertCondition
from ....actors.policies.metrics.sketch import LatencySketch
from ....config.settings.observability.history import HistoryConfig
from ....config.settings.runtime import RuntimeConfig
from ..analytics.turns import Look, Turns
from ..event_bus import EventBus
from ..receipt import Receipt
from ..watched import Watched
from .alert_memory import HistoryMemory
from .deltas import Deltas, diverted
from .kept import kept, kept_turn
from .records import MINUTE, SeriesPoint
from .tidying import Keep
from .writer import Writer

PACE = 1.0
"""Seconds from one look to the next."""
CATCH_UP = 2.0
"""Seconds that a reader waits for what has just happened."""
_SHARE = 0.02
_LOT = 500
"""Models whose activity is looked at in one go."""
_SLICE = 4
"""Models whose books are read in one go."""
_FEW = 50
"""The largest fleet whose sketches are merged each second."""
_MERGED = 10
"""Models whose sketches are merged in one go."""


class Recorder:
    """Keeps the history of one fleet. `wall` gives wall-clock seconds."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._config = HistoryConfig()
        self._writer: Writer | None = None
        self._deltas = Deltas()
        self._turns = Turns()
        self._stamps: dict[str, int] = {}
        self._durations = LatencySketch()
        self._durations_at = 0
        self._task: asyncio.Task[None] | None = None
        self._untap: Callable[[], None] | None = None
        self._failing_since: datetime | None = None
        self._fleet: Watched
        self._bus: EventBus
        self._loop: asyncio.AbstractEventLoop

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Open the file and begin. Raises `ConfigurationError` where another process has it."""
        self._fleet, self._bus, self._loop = fleet, bus, asyncio.get_running_loop()
        figures = fleet.figures()
        self._deltas, self._durations = Deltas(figures), figures.tasks.durations
        await self._open(fleet.config.global_.history)
        self._untap = bus.tap(self._hear, (), _nothing)
        self._bus.keeper = self._flush
        self._task = self._loop.create_task(self._run(), name="history")

    async def adopt(self, config: RuntimeConfig) -> None:
        """Go on with other settings: in another file, perhaps, or in none."""
        settings, before = config.global_.history, self._config
        if (settings.folder, settings.name) != (before.folder, before.name):
            await self._close(config.global_.stop_grace)
            await self._open(settings)
        elif self._writer is not None:
            self._writer.keep = Keep.of(settings)
        self._config = settings

    def fail_by(self, fault: sqlite3.Error | None) -> None:
        """Each transaction fails with `fault` from now on; None: with none, as long as it lasts."""
        if self._writer is not None:
            self._writer.fault = fault

    async def stop(self, limit: float) -> None:
        """Take a last look, write what waits and end, in at most `limit` seconds."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            await self._look(at_last=True)
        if self._untap is not None:
            self._untap()
            self._bus.keeper = None
        await self._close(limit)

    async def _open(self, settings: HistoryConfig) -> None:
        self._config = settings
        if settings.folder is None:
            return
        folder, keep = Path(settings.folder), Keep.of(settings)
        writer = Writer(folder, settings.name, keep, self._tell_health, wall=self._wall)
        await writer.start().arrived(None)
        if writer.refusal is not None:
            raise writer.refusal
        self._writer = writer
        self._bus.memory = HistoryMemory(writer)

    async def _close(self, limit: float) -> None:
        writer, self._writer = self._writer, None
        self._bus.memory = None
        if writer is not None:
            writer.stop()
            await threads_ended([writer.thread], limit)

    def _flush(self) -> Receipt | None:
        return None if self._writer is None else self._writer.flush()

    async def catch_up(self, limit: float = CATCH_UP) -> bool:
        """Write what has happened until now; whether it is in the file, after `limit` seconds."""
        await self._look(at_last=True)
        receipt = self._flush()
        return receipt is not None and await receipt.arrived(limit)

    # Looking.

    async def _run(self) -> None:
        while True:
            took = await self._look()
            await asyncio.sleep(max(PACE, took / _SHARE))

    async def _look(self, *, at_last: bool = False) -> float:
        """Look at the whole fleet once; the seconds that it took from the loop."""
        took, ids = 0.0, self._fleet.model_ids()
        at = int(self._wall()) // MINUTE * MINUTE
        begun = time.perf_counter()
        for _ in self._slices(ids, at, at_last):
            took += time.perf_counter() - begun
            await asyncio.sleep(0)  # the tasks that wait for the loop go on
            begun = time.perf_counter()
        return took + time.perf_counter() - begun

    def _slices(self, ids: list[str], at: int, at_last: bool) -> Iterator[None]:
        """The look in small steps; what comes between two of them is seen by the next look."""
        yield from self._look_at_tasks(ids, at, at_last)
        for first in range(0, len(ids), _LOT):
            busy = self._busy(ids[first : first + _LOT])
            for place in range(0, len(busy), _SLICE):
                stamps = dict(busy[place : place + _SLICE])
                self._take(self._deltas.of_models(self._fleet.models(stamps), at))
                self._stamps |= stamps
                yield
            yield
        self._forget(ids)

    def _look_at_tasks(self, ids: list[str], at: int, at_last: bool) -> Iterator[None]:
        """Their durations are with the models: of many models they are read once a minute."""
        if len(ids) <= _FEW or at != self._durations_at or at_last:
            self._durations_at = at
            direct = LatencySketch()
            for first in range(0, len(ids), _MERGED):
                direct.merge(self._fleet.direct_durations(ids[first : first + _MERGED]))
                yield
            direct.merge(self._fleet.tasks().durations)
            if direct.count >= self._durations.count:  # a model that has just gone counts later
                self._durations = direct
        tasks = replace(self._fleet.tasks(), durations=self._durations)
        self._take(self._deltas.of_tasks(tasks, at))

    def _take(self, points: list[SeriesPoint]) -> None:
        writer = self._writer
        if points and writer is not None:
            writer.put_points(points)
            self._follow(writer, self._wall(), points)

    def _follow(self, writer: Writer, now: float, points: list[SeriesPoint]) -> None:
        """Write down to the second what a minute does not tell: when a model fails and is back."""
        for point in points:
            if point.model_id is None:
                turns = self._turns.diverted(now, diverted(point))
            else:
                bad = point.failures + point.timeouts
                seen = point.model_id, point.successes, bad, point.breaker, point.status
                turns = self._turns.looked(now, Look(*seen))
            for turn in turns:
                writer.put(kept_turn(turn))

    def _busy(self, ids: list[str]) -> list[tuple[str, int]]:
        stamps, seen = self._fleet.activity(ids), self._stamps
        return [one for one in zip(ids, stamps, strict=True) if seen.get(one[0]) != one[1]]

    def _forget(self, ids: list[str]) -> None:
        if len(self._stamps) > len(ids):
            gone = self._stamps.keys() - set(ids)
            self._deltas.forget(gone)
            self._turns.forget(gone)
            for model_id in gone:
                del self._stamps[model_id]

    # Hearing.

    def _hear(self, event: Event) -> None:
        """In the thread of the publisher, which waits for nothing here."""
        writer = self._writer
        if writer is not None:
            for row in kept(event, by_hand=self._bus.by_hand > 0):
                writer.put(row)
            if isinstance(event, CircuitChanged) and event.after is State.OPEN:
                self._turns.went(event.model_id)

    def _tell_health(self, failing: str | None) -> None:
        """In the thread of the writer; the loop may have closed meanwhile."""
        try:
            self._loop.call_soon_threadsafe(self._alert, failing)
        except RuntimeError:
            return

    def _alert(self, failing: str | None) -> None:
        if failing is not None and self._failing_since is None:
            self._failing_since = datetime.now(UTC)
            self._publish(AlertRaised, f"the history cannot be written ({failing})")
        elif failing is None and self._failing_since is not None:
            self._publish(AlertResolved, "the history is written again")
            self._failing_since = None

    def _publish(self, event: type[AlertRaised] | type[AlertResolved], told: str) -> None:
        condition = AlertCondition.HISTORY_FAILING
        self._bus.publish(
            event,
            condition=condition,
            severity=SEVERITIES[condition],
            model_id=None,
            message=f"{told}; tasks go on: see the log, and the disk of {self._config.folder}",
            since=self._failing_since,
        )


def _nothing() -> None:
    return None
