"""What memory does not have any more comes from the history, where there is one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.config import HistoryConfig
from hive_resilience.runtime.observability.history.records import (
    AlertRow,
    AuditRow,
    Gap,
    RecordKind,
    SeriesPoint,
    Stored,
)
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.history.tidying import Keep
from hive_resilience.runtime.server.dashboard.views.past import PAGE, RANGES, older, points
from tests.runtime.server.site_kit import story

from .dashboard_kit import shown

NOW = 1_795_737_600.0


def history_of(folder: Path, *rows: Stored) -> str:
    """A folder with one file of a process that has ended."""
    store = SqliteStore(folder / "history-here-1.db", Keep.of(HistoryConfig()))
    store.open()
    store.append(rows)
    store.close()
    return str(folder)


def action(age: float, *, reason: str = "a test", automatic: bool = False) -> AuditRow:
    return AuditRow(moment(NOW - age), "trip", "a", "ada", reason, "closed", "open", automatic)


def test_rows_come_a_page_at_a_time_the_newest_first(tmp_path: Path) -> None:
    rows = [action(60.0 * number, reason=f"number {number}") for number in range(PAGE + 30)]
    folder = history_of(tmp_path, *rows)

    first = older(folder, RecordKind.AUDIT, NOW + 1)
    rest = older(folder, RecordKind.AUDIT, first.rows[-1]["at"] / 1e3)

    assert first.more
    assert not rest.more
    told = [row["reason"] for row in (*first.rows, *rest.rows)]
    assert told == [f"number {number}" for number in range(PAGE + 30)]


def test_a_row_of_a_year_ago_is_found(tmp_path: Path) -> None:
    folder = history_of(tmp_path, action(360 * 86_400.0))

    assert [row["verb"] for row in older(folder, RecordKind.AUDIT, NOW).rows] == ["trip"]


def test_what_the_runtime_did_by_itself_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    folder = history_of(tmp_path, action(9.0), action(8.0, automatic=True))

    assert len(older(folder, RecordKind.AUDIT, NOW).rows) == 1
    assert len(older(folder, RecordKind.AUDIT, NOW, by_itself=True).rows) == 2


def test_an_alert_that_is_over_has_one_row(tmp_path: Path) -> None:
    about: tuple[Any, ...] = ("slow", "warning", "a", "p95 is high", moment(NOW - 90))
    folder = history_of(
        tmp_path,
        AlertRow(moment(NOW - 90), "raised", *about),
        AlertRow(moment(NOW - 30), "resolved", *about),
    )

    (row,) = older(folder, RecordKind.ALERTS, NOW).rows
    assert (row["change"], row["message"]) == ("resolved", "p95 is high")
    assert row["at"] - row["since"] == 60_000


def test_a_range_has_a_point_for_each_step_and_tells_rest_from_what_is_unknown(
    tmp_path: Path,
) -> None:
    durations = LatencySketch()
    durations.add(0.2)
    begun, gap = NOW - 3_000, NOW - 1_200
    folder = history_of(
        tmp_path,
        SeriesPoint(moment(begun), "b", successes=1),
        SeriesPoint(
            moment(NOW - 600), "a", successes=7, failures=2, timeouts=1, durations=durations
        ),
        Gap(moment(gap), moment(gap + 300), "not running", 0),
    )

    found = points(folder, "a", RANGES["1h"], NOW)

    assert {after[0] - before[0] for before, after in pairwise(found)} == {60}
    by_age = {round((NOW - point[0]) / 60): point[1:] for point in found}
    good, bad, _, p50, _, _ = by_age[10]
    assert (good, bad) == (7, 3)
    assert p50 == pytest.approx(0.2, rel=0.02)
    assert by_age[30][:2] == [0, 0]
    assert by_age[59][:2] == [None, None]  # before the first record
    assert by_age[18][:2] == [None, None]  # in the gap


def test_a_day_has_steps_of_five_minutes(tmp_path: Path) -> None:
    rows = [SeriesPoint(moment(NOW - 7_200 + 60 * at), "a", successes=1) for at in range(60)]

    found = points(history_of(tmp_path, *rows), "a", RANGES["24h"], NOW)

    assert len(found) == 24 * 12
    assert sum(point[1] or 0 for point in found) == 60
    assert max(point[1] or 0 for point in found) == 5


def test_a_page_gets_rows_of_the_process_before(tmp_path: Path) -> None:
    history_of(tmp_path, action(0.0))

    async def work() -> None:
        async with shown(history=tmp_path) as site:
            reply = (await site.page(f"past?kind=audit&before={round(NOW * 1e3) + 1}")).json()
            assert reply["history"]
            assert [row["by"] for row in reply["rows"]] == ["ada"]
            model = (await site.page("model?id=a&range=1h")).json()
            assert (model["history"], model["step"], len(model["points"])) == (True, 60, 61)

    story(work())


def test_without_a_history_the_page_is_told_so(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown() as site:
            reply = (await site.page("past?kind=alerts")).json()
            assert reply == {"history": False, "rows": [], "more": False}
            model = (await site.page("model?id=a&range=24h")).json()
            assert (model["history"], model["points"]) == (False, [])

    story(work())


@pytest.mark.parametrize("path", ["past?kind=keys", "model?id=a&range=2h", "past"])
def test_another_question_is_refused(path: str) -> None:
    async def work() -> None:
        async with shown() as site:
            assert (await site.page(path)).status == 400

    story(work())


def test_a_time_is_a_number(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(history=tmp_path) as site:
            for before in ("-1", "now", "9" * 15, "²"):
                assert (await site.page(f"past?kind=audit&before={before}")).status == 400

    story(work())


def test_a_history_that_cannot_be_read_fails_the_question_alone(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(history=tmp_path) as site:
            for file in tmp_path.glob("*.db*"):
                file.unlink()
            assert (await site.page("past?kind=audit")).status == 503
            assert (await site.page("state")).status == 200

    story(work())
