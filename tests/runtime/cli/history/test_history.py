"""`hive-resilience history`: what was recorded, as tables and files, also while a server writes."""

from __future__ import annotations

import csv
import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest

from hive_resilience.config import HistoryConfig
from hive_resilience.observability import RecordKind, SeriesPoint, open_history
from hive_resilience.runtime.cli.history.asking import Question
from hive_resilience.runtime.cli.history.export import write
from hive_resilience.runtime.cli.history.prune import prune
from hive_resilience.runtime.cli.history.query import show
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.history.tidying import Keep

from ...observability.history.history_kit import (
    NOON,
    Clock,
    Heard,
    action,
    cycle,
    driven,
    ended,
    event,
    opened,
    point,
    sketch,
)

KINDS = ("series", "events", "audit", "alerts", "gaps")
LONG = "3650d"


def ask(what: str, model: str | None = None, step: str = "1h", since: str = LONG) -> Question:
    return Question(what, since, "", model, step)


def filled(folder: Path, name: str = "one", model_id: str = "a") -> Path:
    """A file with a bit of everything."""
    path = folder / f"history-host-{name}.db"
    store = opened(path)
    store.append([point(NOON, model_id, successes=3, failures=1, durations=sketch(0.5))])
    store.append([event(NOON, model_id=model_id), action(NOON, 7)])
    store.close()
    return path


@pytest.mark.parametrize("what", KINDS)
def test_each_kind_is_a_table_with_a_head(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path)

    assert show(tmp_path, ask(what), as_json=False) == 0
    told = capsys.readouterr().out
    assert "at" in told or "from" in told
    assert "\x1b" not in told
    if what == "series":
        row = next(line for line in told.splitlines() if " a " in line).split()
        assert row[2:7] == ["a", "4", "25.0%", "0.5", "s"]
    if what == "audit":
        assert " ops " in told
        assert " trip " in told
        assert "closed -> open" in told


def test_several_files_are_one_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path, "one")
    filled(tmp_path, "two")

    assert show(tmp_path, ask("series"), as_json=True) == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (found["successes"], found["durations"]["count"], found["span"]) == (6, 2, 3600)


def test_a_table_is_read_while_a_server_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = driven(tmp_path, Heard(), Clock())
    writer.put(action(NOON, 1))
    cycle(writer)

    assert show(tmp_path, ask("audit"), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "1"
    writer.put(action(NOON, 2))
    ended(writer)
    show(tmp_path, ask("audit"), as_json=True)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_one_model_and_one_span_of_time_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = opened(tmp_path / "history-h-1.db")
    store.append([event(NOON + 3600 * at, model_id=name) for at in range(3) for name in "ab"])
    store.close()
    since, until = moment(NOON + 1).isoformat(), moment(NOON + 7200).isoformat()

    show(tmp_path, Question("events", since, until, "b", "1h"), as_json=True)
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (found["model_id"], found["at"]) == ("b", moment(NOON + 3600).isoformat())


WRONG = [
    (Question("audt", LONG, "", None, "1h"), "audt is not recorded; did you mean audit?"),
    (Question("audit", "soon", "", None, "1h"), "--since: write a span of time"),
    (Question("audit", LONG, "never", None, "1h"), "--until: write a span of time"),
    (Question("series", LONG, "", None, "5s"), "--step should be whole minutes"),
]


@pytest.mark.parametrize(("question", "told"), WRONG)
def test_a_wrong_option_says_what_can_be_written(
    tmp_path: Path, question: Question, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path)

    assert show(tmp_path, question, as_json=False) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("place", ["nowhere", "empty", "no-database.db"])
def test_no_history_is_told_in_a_line(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "no-database.db").write_text("hello " * 500)

    assert show(tmp_path / place, ask("audit"), as_json=False) == 1
    told = capsys.readouterr().err
    assert place in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("what", KINDS)
def test_a_csv_has_its_columns_and_a_row_for_each_record(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path, model_id="=cmd|'/c calc'!A1")

    assert write(tmp_path, ask(what, step="1m"), "csv", "-") == 0
    head, *found = csv.reader(io.StringIO(capsys.readouterr().out))
    assert all(len(row) == len(head) for row in found)
    if what == "series":
        told = dict(zip(head, found[0], strict=True))
        assert (told["successes"], told["durations_count"]) == ("3", "1")
        # A spreadsheet takes no name for a formula.
        assert told["model_id"].startswith("'=")


def test_an_export_goes_into_a_file_and_needs_no_more_memory_for_more_rows(tmp_path: Path) -> None:
    store = opened(tmp_path / "history-h-1.db")
    output = tmp_path / "out.jsonl"

    def most(count: int) -> int:
        store.append([event(NOON + number) for number in range(count)])
        tracemalloc.start()
        assert write(tmp_path, ask("events"), "jsonl", str(output)) == 0
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    few, many = most(2_000), most(20_000)
    assert len(output.read_text().splitlines()) == 22_000
    assert many < 2 * few


def test_a_file_that_no_process_writes_is_pruned_and_deleted_when_it_is_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = filled(tmp_path, "one"), filled(tmp_path, "two")
    aside = tmp_path / "history-host-one.db.corrupt-20250101T000000Z"
    aside.write_text("x")
    os.utime(aside, (NOON - 1e8, NOON - 1e8))
    store = opened(other, Keep.of(HistoryConfig()))
    store.append([action(4_000_000_000)])
    store.close()

    assert prune(tmp_path, "1ms") == 0
    assert not path.exists()
    assert not aside.exists()
    assert [getattr(one, "action", "") for one in open_history(other).read(RecordKind.AUDIT)] == [
        "trip"
    ]
    assert f"{path}: deleted" in capsys.readouterr().out


def test_a_file_that_a_server_writes_is_left_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = driven(tmp_path, Heard(), Clock())
    writer.put(action(NOON))
    cycle(writer)

    assert prune(tmp_path, "1ms") == 0
    assert "left alone: process" in capsys.readouterr().out
    assert len(list(open_history(tmp_path).read(RecordKind.AUDIT))) == 1
    ended(writer)


def test_the_alerts_that_fire_are_read_back(tmp_path: Path) -> None:
    from hive_resilience.observability import AlertRow

    store = opened(tmp_path / "history-h-1.db")

    def alert(at: int, change: str, model_id: str, fingerprint: str | None = None) -> AlertRow:
        told = (change, "slow", "warning", model_id, "is slow", moment(at))
        return AlertRow(moment(at), *told, fingerprint=fingerprint)

    store.append([alert(NOON, "raised", "a"), alert(NOON, "raised", "b", "f")])
    store.append([alert(NOON + 1, "resolved", "a"), alert(NOON + 2, "raised", "c")])

    assert [one.model_id for one in open_history(tmp_path).firing()] == ["b", "c"]


def test_points_are_public_records(tmp_path: Path) -> None:
    filled(tmp_path)

    (found,) = open_history(str(tmp_path)).read(RecordKind.SERIES, model="a")
    assert isinstance(found, SeriesPoint)
    assert found.durations is not None
