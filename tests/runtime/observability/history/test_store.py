"""What one file of a history keeps, and gives back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hive_resilience.runtime.observability.history.records import (
    AlertRow,
    Gap,
    Record,
    RecordKind,
    SeriesPoint,
)
from hive_resilience.runtime.observability.history.schema import (
    MIGRATIONS,
    OtherFileError,
    connect,
    migrate,
)
from hive_resilience.runtime.observability.history.sums import moment

from .history_kit import KEEP, NOON, action, event, opened, point, rows, sketch, successes

EVERY_FIELD = point(
    NOON,
    "a",
    successes=3,
    failures=2,
    timeouts=1,
    cancelled=4,
    rejected=5,
    retries=6,
    failovers=7,
    hedged=8,
    hedges_won=18,
    hedges_lost=19,
    abandoned=9,
    restarts=10,
    input_tokens=11,
    output_tokens=12,
    cached_tokens=13,
    reasoning_tokens=14,
    cost=0.5,
    under_way=15,
    waiting=16,
    limit=17,
    status="available",
    breaker="closed",
    details={"faults": {"overloaded": 2}},
)


def test_a_point_comes_back_with_all_of_its_fields(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.append([EVERY_FIELD])

    assert list(store.read(RecordKind.SERIES)) == [EVERY_FIELD]


OTHERS: list[Record] = [
    event(NOON),
    action(NOON, 7),
    AlertRow(
        moment(NOON),
        "raised",
        "slow",
        "warning",
        "a",
        "a is slow",
        moment(NOON - 5),
        "rule",
        {"team": "x"},
        "f1",
    ),
    Gap(moment(NOON), moment(NOON + 9), "SQLITE_FULL", 3),
]


@pytest.mark.parametrize("record", OTHERS, ids=lambda one: type(one).__name__)
def test_a_row_comes_back_as_it_was(tmp_path: Path, record: Record) -> None:
    store = opened(tmp_path / "h.db")
    store.append([record])
    kind = dict(zip(map(type, OTHERS), list(RecordKind)[1:], strict=True))[type(record)]

    assert list(store.read(kind)) == [record]


def test_points_of_one_minute_add_up_also_after_the_file_was_opened_again(tmp_path: Path) -> None:
    first = opened(tmp_path / "h.db")
    first.append([point(NOON, successes=2, durations=sketch(0.1, 0.2))])
    first.append([point(NOON + 30, successes=3, durations=sketch(0.4))])
    first.close()
    again = opened(tmp_path / "h.db")
    again.append([point(NOON + 59, successes=5, under_way=4)])

    (found,) = again.read(RecordKind.SERIES)

    assert isinstance(found, SeriesPoint)
    assert (found.successes, found.under_way, found.at) == (10, 4, moment(NOON))
    assert found.durations is not None
    assert (found.durations.count, found.durations.max) == (3, 0.4)


def test_a_clock_that_is_set_back_finds_the_minute_as_it_was_left(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    for at in (NOON, NOON + 60, NOON + 7200, NOON + 59, NOON + 60):
        store.append([point(at, successes=1)])

    found = successes(store.read(RecordKind.SERIES))

    assert found == {moment(NOON): 2, moment(NOON + 60): 2, moment(NOON + 7200): 1}


def test_a_batch_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    broken = point(NOON, successes=1, details={"faults": {"x": "y"}})

    with pytest.raises(TypeError):
        store.append([action(NOON), point(NOON, successes=5), broken])
    store.append([point(NOON, successes=1)])

    assert successes(store.read(RecordKind.SERIES)) == {moment(NOON): 1}
    assert list(store.read(RecordKind.AUDIT)) == []


def test_records_are_read_by_time_and_by_model(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.append([event(NOON + at, model_id=name) for at in range(3) for name in "ab"])
    store.append([point(NOON + 60 * at, name) for at in range(3) for name in ("a", None)])
    since, until = moment(NOON + 1), moment(NOON + 2)

    assert len(list(store.read(RecordKind.EVENTS, since, until))) == 2
    assert len(list(store.read(RecordKind.EVENTS, model="b"))) == 3
    of_fleet = list(store.read(RecordKind.SERIES, model=""))
    assert [one.model_id for one in of_fleet if isinstance(one, SeriesPoint)] == [None] * 3


def test_more_rows_than_a_page_come_once_each_and_in_order(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.append([action(NOON + number // 700, number) for number in range(2_500)])
    store.append([point(NOON + 60 * at, name) for at in range(700) for name in "ab"])

    told = [getattr(one, "reason", "") for one in store.read(RecordKind.AUDIT)]

    assert told == [str(number) for number in range(2_500)]
    assert (
        len({(one.at, getattr(one, "model_id", "")) for one in store.read(RecordKind.SERIES)})
        == 1_400
    )


def test_percentiles_of_an_hour_come_from_all_of_its_calls(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    # 59 quick minutes with one call each, and one slow minute with a hundred.
    store.append([point(NOON + 60 * at, durations=sketch(0.1)) for at in range(59)])
    store.append([point(NOON + 59 * 60, durations=sketch(*[2.0] * 100))])

    (hour,) = store.read(RecordKind.SERIES, step=3600)

    assert isinstance(hour, SeriesPoint)
    assert hour.durations is not None
    assert hour.durations.quantile(0.5) == pytest.approx(2.0, rel=0.02)


def test_the_file_is_set_up_as_it_has_to_be(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    store = opened(path)
    wanted = {"auto_vacuum": 2, "journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
    wanted |= {"busy_timeout": 2000, "mmap_size": 0, "journal_size_limit": 16 * 1024 * 1024}
    connection = store._ready()

    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}

    assert found == wanted
    assert rows(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_network_drive_has_no_wal(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "h.db", network=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_older_file_gets_the_tables_of_today_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    store = opened(path)
    store.append([action(NOON)])
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, (*MIGRATIONS, "ALTER TABLE audit ADD COLUMN mood TEXT;"))
    assert rows(path, "SELECT action, mood FROM audit") == [("trip", None)]
    assert rows(path, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]


@pytest.mark.parametrize("owner", ["a later version", "another program"])
def test_a_file_of_others_is_left_alone(tmp_path: Path, owner: str) -> None:
    path = tmp_path / "h.db"
    if owner == "a later version":
        opened(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(OtherFileError, match=owner):
        opened(path)
    assert rows(path, "SELECT count(*) FROM theirs") == [(0,)]


def test_a_sketch_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    store = opened(path)
    store.append([point(NOON, successes=1, durations=sketch(0.1))])
    store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE minutes SET durations = x'0102'")

    (found,) = opened(path).read(RecordKind.SERIES)

    assert isinstance(found, SeriesPoint)
    assert (found.successes, found.durations) == (1, None)


def test_a_reader_sees_what_is_committed_while_the_store_goes_on(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db", KEEP)
    store.append([event(NOON + number) for number in range(1_500)])
    reading = store.read(RecordKind.EVENTS)
    next(reading)

    store.append([event(NOON + 5_000)])

    assert len(list(reading)) == 1_500
