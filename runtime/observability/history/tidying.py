"""What keeps a file small: hours out of minutes, what is too old, pages that are free. In steps.

Each step takes a few milliseconds and is a transaction of its own: a purge of a whole day at once
would write all of it through the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from ....config.settings.observability.history import HistoryConfig
from .records import HOUR, MINUTE
from .rows import get_points, point_of_row, put_point, row_of_sum
from .sums import Sum

MOST_ROWS = 500
MODELS_A_STEP = 20
_PAGES = 256
_SPARE_PAGES = 64
"""Free pages that stay in the file, for what is written next."""
_FULL = 0.9
"""Share of `max_bytes` above which the oldest rows go early."""
_PAUSE = 60.0
"""Seconds from one look for old rows to the next."""
_DAY = 86_400.0
_DOUBT = 3_600.0
"""Seconds without a purge after the clock went on by a day: it may be set back."""


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many seconds each table is kept, in the order in which they give way."""

    ages: tuple[tuple[str, float], ...]
    max_bytes: int

    @classmethod
    def of(cls, config: HistoryConfig) -> Keep:
        """As the settings say."""
        return cls(
            (
                ("minutes", config.minutes),
                ("events", config.events),
                ("gaps", config.events),
                ("hours", config.hours),
                ("alerts", config.alerts),
                ("audit", config.audit),
            ),
            config.max_bytes,
        )


class Tidying:
    """Tidies one file. `now` is wall-clock, `uptime` monotonic time, both seconds."""

    def __init__(self, connection: sqlite3.Connection, keep: Keep) -> None:
        self.keep: Keep = keep
        self._connection = connection
        newest = connection.execute("SELECT max(t) FROM minutes").fetchone()[0]
        self._last_now: float | None = newest
        self._purge_at = 0.0
        self._rolling: list[str] = []
        self._hour: int | None = None

    def step(self, now: float, uptime: float) -> bool:
        """A few milliseconds of work; whether there is more to do at once."""
        if self._last_now is not None and now > self._last_now + _DAY:
            self._purge_at = uptime + _DOUBT
        self._last_now = now
        more = self._roll(now)
        if uptime >= self._purge_at:
            purged = [self._purge(table, now - age) for table, age in self.keep.ages]
            self._purge_at = uptime if MOST_ROWS in purged else uptime + _PAUSE
            more = more or MOST_ROWS in purged
        return self._shed() or more or self._vacuum()

    def written(self, hours: Collection[int]) -> None:
        """Minutes of these hours were written: an hour that is being added up begins again."""
        if self._hour in hours:
            self._hour, self._rolling = None, []

    # Hours.

    def _roll(self, now: float) -> bool:
        """Add up the minutes of an hour that is over: of some models at a time."""
        if self._hour is None:
            self._hour = self._due(now)
        if self._hour is None:
            return False
        hour, connection = self._hour, self._connection
        if not self._rolling:
            found = connection.execute(
                "SELECT DISTINCT model FROM minutes WHERE t >= ? AND t < ?", (hour, hour + HOUR)
            )
            self._rolling = [model for (model,) in found]
        models, self._rolling = self._rolling[:MODELS_A_STEP], self._rolling[MODELS_A_STEP:]
        is_old = hour + HOUR <= now - dict(self.keep.ages)["minutes"]
        connection.execute("BEGIN IMMEDIATE")
        try:
            for model in models:
                self._roll_model(hour, model, adds=is_old)
            if not self._rolling:
                connection.execute("DELETE FROM hours_due WHERE t = ?", (hour,))
            connection.execute("COMMIT")
        except BaseException:
            self._hour, self._rolling = None, []
            roll_back(connection)
            raise
        if not self._rolling:
            self._hour = None
        return True

    def _due(self, now: float) -> int | None:
        """An hour that is over for two minutes, or that is still to come: a clock was set back."""
        query = "SELECT min(t) FROM hours_due WHERE t <= ? OR t > ?"
        found: int | None = self._connection.execute(
            query, (now - HOUR - 2 * MINUTE, now + HOUR)
        ).fetchone()[0]
        return found

    def _roll_model(self, hour: int, model: str, *, adds: bool) -> None:
        """`adds`: other minutes of this hour are gone already, and what they gave stays."""
        connection = self._connection
        total = Sum(hour, model or None)
        if adds:
            query = f"{get_points('hours')} WHERE t = ? AND model = ?"
            for row in connection.execute(query, (hour, model)):
                total.add(point_of_row(row, HOUR))
        minutes = range(hour, hour + HOUR, MINUTE)
        marks = ", ".join("?" * len(minutes))
        query = f"{get_points('minutes')} WHERE t IN ({marks}) AND model = ? ORDER BY t"
        for row in connection.execute(query, (*minutes, model)).fetchall():
            total.add(point_of_row(row, MINUTE))
        connection.execute(put_point("hours"), row_of_sum(total))
        if adds:
            connection.execute(
                "DELETE FROM minutes WHERE t >= ? AND t < ? AND model = ?",
                (hour, hour + HOUR, model),
            )

    # Rows that are too old, or too many.

    def _purge(self, table: str, before: float) -> int:
        """Delete some rows older than `before`; minutes only once their hours are there."""
        unit = 1 if table in ("minutes", "hours") else 1000
        kept = ""
        if table == "minutes":
            kept = f" AND t / {HOUR} * {HOUR} NOT IN (SELECT t FROM hours_due)"
        return self._delete(table, f"t < {int(before * unit)}{kept}")

    def _delete(self, table: str, condition: str) -> int:
        key = "t, model" if table in ("minutes", "hours") else "id"
        query = (
            f"DELETE FROM {table} WHERE ({key}) IN "
            f"(SELECT {key} FROM {table} WHERE {condition} ORDER BY t LIMIT {MOST_ROWS})"
        )
        return self._connection.execute(query).rowcount

    def _shed(self) -> bool:
        """Where the file is nearly as large as it may be, the oldest rows go."""
        pages, free, size = self.pages()
        if (pages - free) * size <= _FULL * self.keep.max_bytes:
            return False
        for table, _ in self.keep.ages:
            # The newest hour of each stays: without it there would be nothing to look at.
            newest = self._connection.execute(f"SELECT max(t) FROM {table}").fetchone()[0]
            if newest is None:
                continue
            unit = 1 if table in ("minutes", "hours") else 1000
            if self._delete(table, f"t < {newest - HOUR * unit}"):
                return True
        return False

    def _vacuum(self) -> bool:
        """Give some free pages back to the system."""
        free = self.pages()[1] - _SPARE_PAGES
        if free <= 0:
            return False
        # By `execute` it would free one page.
        self._connection.executescript(f"PRAGMA incremental_vacuum({min(free, _PAGES)})")
        return free > _PAGES

    def pages(self) -> tuple[int, int, int]:
        """Pages of the file, those of them that are free, and bytes of a page."""
        names = ("page_count", "freelist_count", "page_size")
        found = [self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
        return found[0], found[1], found[2]


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction that has failed, where there is one."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
