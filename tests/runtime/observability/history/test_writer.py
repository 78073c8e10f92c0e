"""A disk that is full, gone, taken or broken: what waits is written once it can be."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.observability.history.files import databases
from hive_resilience.runtime.observability.history.records import Gap, RecordKind
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.history.writer import Writer

from .history_kit import (
    KEEP,
    NOON,
    Clock,
    Heard,
    action,
    big,
    cycle,
    driven,
    ended,
    event,
    opened,
    point,
    rows,
    successes,
)


def path_of(one: Writer) -> Path:
    assert one.path is not None
    return one.path


def test_what_was_put_is_in_the_file_once_the_flush_is_done(tmp_path: Path) -> None:
    one = Writer(tmp_path, "test", KEEP, Heard(), every=100.0, wall=Clock())
    assert one.start().wait(10)
    one.put(action(NOON, 1))
    one.put_points([point(NOON, successes=2)])

    flushed = one.flush()
    assert flushed is not None
    assert flushed.wait(10)

    assert rows(path_of(one), "SELECT reason FROM audit") == [("1",)]
    assert rows(path_of(one), "SELECT successes FROM minutes") == [(2,)]
    one.stop()
    one.thread.join(10)
    assert not one.thread.is_alive()


def full(one: Writer, _: Path) -> Callable[[], None]:
    assert one._store is not None
    connection = one._store._ready()
    connection.execute("PRAGMA max_page_count = 1")
    return lambda: None


def read_only(one: Writer, _: Path) -> Callable[[], None]:
    assert one._store is not None
    one._store._ready().execute("PRAGMA query_only = 1")
    return lambda: None


def vanished(_: Writer, folder: Path) -> Callable[[], None]:
    shutil.rmtree(folder)
    folder.write_text("a file is in the way")
    return folder.unlink


BREAK = {"SQLITE_FULL": full, "SQLITE_READONLY": read_only, "vanished": vanished}


@pytest.mark.parametrize("word", BREAK)
def test_a_disk_that_fails_is_told_once_and_nothing_but_time_is_lost(
    tmp_path: Path, word: str
) -> None:
    folder, heard, clock = tmp_path / "history", Heard(), Clock()
    one = driven(folder, heard, clock)
    cycle(one)
    mend = BREAK[word](one, folder)
    one.put_points([point(NOON, successes=1)])
    one.put(action(NOON, 1))
    one.put(big(NOON))
    cycle(one)
    assert (heard.told, one.failing, one.flush()) == ([word], word, None)

    # A new connection has no such limit, as a disk has room again.
    mend()
    one.put_points([point(NOON, successes=2)])
    clock.now += 4.9
    cycle(one)
    assert heard.told == [word]
    clock.now += 0.1
    cycle(one)

    assert heard.told == [word, None]
    store = opened(path_of(one))
    assert successes(store.read(RecordKind.SERIES)) == {moment(NOON): 3}
    assert len(list(store.read(RecordKind.AUDIT))) == 1
    gap = Gap(moment(NOON), moment(NOON + 5), word, 0)
    assert list(store.read(RecordKind.GAPS)) == [gap]
    ended(one)


def test_tries_come_less_often_the_longer_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, clock = Heard(), Clock()
    one = driven(tmp_path, heard, clock)

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SqliteStore, "append", broken)
    one.put(big(NOON))
    cycle(one)
    tries: list[float] = []
    while clock.now < NOON + 1_500:
        clock.now += 1.0
        before = one._failures
        cycle(one)
        if one._failures > before:
            tries.append(clock.now - NOON)

    assert tries == [5, 15, 35, 75, 155, 315, 615, 915, 1215]
    ended(one)


def test_a_second_process_of_the_same_name_is_refused(tmp_path: Path) -> None:
    one = driven(tmp_path, Heard(), Clock())

    with pytest.raises(
        ConfigurationError, match=f"process {os.getpid()} writes the history 'test'"
    ):
        driven(tmp_path, Heard(), Clock())

    ended(one)
    ended(driven(tmp_path, Heard(), Clock()))


def test_processes_without_a_name_have_a_file_each_and_find_it_again(tmp_path: Path) -> None:
    several = [driven(tmp_path, Heard(), Clock(), name=None) for _ in range(3)]
    names = [path_of(one).name for one in several]
    for one in several:
        ended(one)
    again = driven(tmp_path, Heard(), Clock(), name=None)

    assert len(set(names)) == 3
    assert path_of(again).name == names[0]
    ended(again)


@pytest.mark.parametrize("when", ["at the start", "while it writes"])
def test_a_malformed_file_is_set_aside_and_a_new_one_begins(tmp_path: Path, when: str) -> None:
    heard, clock = Heard(), Clock()
    one = driven(tmp_path, heard, clock)
    for number in range(300):
        one.put(action(NOON, number))
    cycle(one)
    path = path_of(one)
    if when == "at the start":
        ended(one)
        path.write_bytes(b"no database at all, " * 500)
        one = driven(tmp_path, heard, clock)
    else:
        assert one._store is not None
        one._store._ready().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        one._store._ready().execute("PRAGMA cache_size = 0")
        whole = path.read_bytes()
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (len(whole) - 4096))
        # Nothing of the file is remembered.
        one._store._ready().execute("PRAGMA shrink_memory")
    one.put(action(NOON, 999))
    for _ in range(3):
        cycle(one)

    assert rows(path, "SELECT reason FROM audit") == [("999",)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    aside = [name for name in os.listdir(tmp_path) if ".db.corrupt-" in name]
    assert aside
    assert one.failing is None
    assert databases(tmp_path) == [path]
    ended(one)


def test_the_oldest_events_are_dropped_and_counted_and_nothing_else(tmp_path: Path) -> None:
    clock = Clock()
    one = driven(tmp_path, Heard(), clock)
    full(one, tmp_path)
    one.put(big(NOON))
    cycle(one)
    for number in range(10_500):
        one.put(event(NOON + number))
    for number in range(50):
        one.put(action(NOON, number))
    one.put_points([point(NOON, successes=5)])
    clock.now += 5.0
    cycle(one)

    path = path_of(one)
    (kept,) = rows(path, "SELECT count(*) FROM events")[0]
    (dropped,) = rows(path, "SELECT dropped FROM gaps")[0]
    assert kept + dropped == 10_501
    assert kept <= 10_000
    assert rows(path, "SELECT event FROM events WHERE event = 'Big'") == []
    assert rows(path, "SELECT count(*) FROM audit") == [(50,)]
    assert rows(path, "SELECT successes FROM minutes") == [(5,)]
    ended(one)


def test_the_time_without_a_process_is_a_gap(tmp_path: Path) -> None:
    clock = Clock()
    one = driven(tmp_path, Heard(), clock)
    one.put(event(NOON))
    ended(one)
    clock.now += 7_200
    one = driven(tmp_path, Heard(), clock)
    cycle(one)

    found = list(opened(path_of(one)).read(RecordKind.GAPS))
    assert found == [Gap(moment(NOON), moment(NOON + 7_200), "not running", 0)]
    ended(one)
