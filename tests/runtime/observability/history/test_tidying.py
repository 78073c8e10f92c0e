"""A file stays as small as it has to, with what is newest in it. All time here is a number."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hive_resilience.runtime.observability.history.records import (
    HOUR,
    MINUTE,
    RecordKind,
    SeriesPoint,
)
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.history.tidying import Keep

from .history_kit import KEEP, NOON, action, event, opened, point, rows, sketch, successes

DAY = 86_400
AGES = dict(KEEP.ages)


def tidied(store: SqliteStore, now: float, uptime: float = 0.0, most: int = 10_000) -> int:
    """Tidy up until there is nothing to do; the steps that it took."""
    for step in range(most):
        if not store.tidy(now, uptime):
            return step
    raise AssertionError("it comes to no end")


def test_four_hundred_days_stay_within_the_bound_and_then_the_file_shrinks(tmp_path: Path) -> None:
    bound = 3_000_000
    path = tmp_path / "h.db"
    store = opened(path, Keep(KEEP.ages, bound))
    one = sketch(*(0.01 * number for number in range(1, 60)))
    largest, now = 0, NOON
    for step in range(400 * 2):
        now = NOON + step * 12 * HOUR
        store.append(point(now, f"model-{n}", successes=7, durations=one) for n in range(20))
        store.append([event(now), action(now, step)])
        for _ in range(10):
            store.tidy(now, step * 12 * HOUR)
        largest = max(largest, os.path.getsize(path))
    newest = rows(path, "SELECT max(t) FROM minutes")

    assert bound / 2 < largest <= bound
    assert newest == [(now,)]
    assert rows(path, "SELECT count(*) FROM audit") == [(800,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]

    later = now + 500 * DAY
    store.tidy(later, 1e9)
    tidied(store, later, 1e9 + DAY)
    store.close()
    assert os.path.getsize(path) < largest / 4
    assert rows(path, "SELECT count(*) FROM audit") == [(0,)]


def test_hours_are_added_up_from_minutes_and_stay_when_the_minutes_go(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    for minute in range(120):
        at = NOON + minute * MINUTE
        store.append([point(at, name, successes=1, durations=sketch(0.1)) for name in ("a", None)])
    two = {moment(NOON): 120, moment(NOON + HOUR): 120}
    before = hours(store)
    tidied(store, NOON + 3 * HOUR)
    rolled = rows(store.path, "SELECT count(*), sum(successes) FROM hours")
    between = hours(store)
    tidied(store, NOON + 16 * DAY, 1e9)
    tidied(store, NOON + 16 * DAY, 2e9)

    assert rolled == [(4, 240)]
    assert rows(store.path, "SELECT count(*) FROM minutes") == [(0,)]
    assert before == between == hours(store) == two


def hours(store: SqliteStore) -> dict[object, int]:
    """Successes of each hour, of all models together."""
    found: dict[object, int] = {}
    for one in store.read(RecordKind.SERIES, step=HOUR):
        assert isinstance(one, SeriesPoint)
        found[one.at] = found.get(one.at, 0) + one.successes
    return found


@pytest.mark.parametrize("back", [DAY, 20 * DAY], ids=["its minutes are there", "they are gone"])
def test_an_hour_that_a_clock_comes_back_to_counts_all_of_it_once(
    tmp_path: Path, back: int
) -> None:
    store = opened(tmp_path / "h.db")
    store.append([point(NOON, successes=1), point(NOON + MINUTE, successes=2)])
    now = NOON + back
    for uptime in (0, 1e6, 2e6):
        tidied(store, now, uptime)

    store.append([point(NOON + 2 * MINUTE, successes=4)])
    for uptime in (3e6, 4e6):
        tidied(store, now, uptime)

    assert hours(store) == {moment(NOON): 7}
    assert rows(store.path, "SELECT successes FROM hours") == [(7,)]


def test_a_clock_that_leaps_a_day_ahead_purges_nothing_for_an_hour(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.append([event(NOON), action(NOON), point(NOON, successes=1)])
    tidied(store, NOON, 0.0)
    tidied(store, NOON + 4_000 * DAY, 3_599.0)
    tidied(store, NOON + 60, 3_600.0)
    there = rows(store.path, "SELECT count(*) FROM events")
    tidied(store, NOON + 4_000 * DAY, 4_000.0)
    tidied(store, NOON + 4_000 * DAY, 9_000.0)

    assert there == [(1,)]
    assert rows(store.path, "SELECT count(*) FROM events") == [(0,)]


@pytest.mark.parametrize("table", ["events", "audit", "alerts", "hours", "minutes"])
def test_each_table_keeps_what_is_young_enough(tmp_path: Path, table: str) -> None:
    store = opened(tmp_path / "h.db")
    age = AGES[table]
    for at in (NOON, NOON + 2 * DAY):
        store.append([event(at), action(at), point(at, successes=1)])
        store._ready().execute(
            "INSERT INTO alerts (t, change, condition, severity, message, since, labels) "
            "VALUES (?, 'raised', 'slow', 'warning', '', 0, '{}')",
            (at * 1000,),
        )
    tidied(store, NOON + 3 * DAY, 0.0)
    now = NOON + DAY + age
    for uptime in (1e6, 2e6):
        tidied(store, now, uptime)

    unit = 1 if table in ("minutes", "hours") else 1000
    assert rows(store.path, f"SELECT t FROM {table}") == [((NOON + 2 * DAY) * unit,)]


def test_a_purge_takes_small_steps(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.append([event(NOON + number) for number in range(3_000)])
    store.tidy(NOON, 0.0)
    before = rows(store.path, "SELECT count(*) FROM events")[0][0]
    store.tidy(NOON + 60 * DAY, 0.0)
    store.tidy(NOON + 60 * DAY, 1e6)
    after = rows(store.path, "SELECT count(*) FROM events")[0][0]

    assert before - after == 500
    assert successes(store.read(RecordKind.SERIES)) == {}
