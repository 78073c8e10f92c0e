"""Reports of odd histories: hostile names, nothing, little, gaps, processes, experiments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import ModelConfig, RuntimeConfig
from hive_resilience.observability import HistoryError, open_history
from hive_resilience.reports import make_report, report_html, report_text
from hive_resilience.runtime.observability.history.records import EventRow, Gap, SeriesPoint
from hive_resilience.runtime.observability.history.sums import moment
from tests.runtime.observability.history.history_kit import sketch
from tests.runtime.observability.reports.week_kit import (
    BEGIN,
    SINCE,
    UNTIL,
    Cells,
    Outage,
    hours,
    outage_rows,
    write,
)

HOSTILE = "<img src=x onerror=alert(1)>\"'&</table><script>"


def test_a_hostile_name_is_text(tmp_path: Path) -> None:
    at, name = BEGIN + 60, HOSTILE
    point = SeriesPoint(
        moment(at), name, successes=30, failures=9, durations=sketch(*[0.1] * 30), cost=1.0
    )
    pair = json.dumps([name, name])
    whole = SeriesPoint(moment(at), None, successes=30, details={"fallbacks": {pair: 3}})
    write(tmp_path, [point, whole, *outage_rows(Outage(name, at, 30))])

    report = make_report(open_history(tmp_path), SINCE, SINCE + hours(1), now=SINCE + hours(1))
    page = report_html(report)
    assert HOSTILE not in page
    assert "<img" not in page
    assert "<script" not in page
    assert HOSTILE in Cells(page).cells
    assert report.models[0].model_id == HOSTILE


def test_control_characters_of_a_name_stay_out_of_a_terminal(tmp_path: Path) -> None:
    write(tmp_path, [SeriesPoint(moment(BEGIN), "a\x1b[31m\n\u202eb", successes=3)])
    report = make_report(open_history(tmp_path), SINCE, SINCE + hours(1), now=UNTIL)
    assert "\x1b" not in report_text(report)
    assert "\u202e" not in report_text(report)


def test_an_empty_history_says_so(tmp_path: Path) -> None:
    write(tmp_path, [])
    report = make_report(open_history(tmp_path), SINCE, UNTIL, now=UNTIL)

    assert "No task came in this period." in report_text(report)
    assert "No task came in this period." in report_html(report)
    assert (report.models, report.advice, report.findings, report.costs) == ((), (), (), ())
    assert report.service.availability is None
    json.loads(report.to_json())


def test_few_tasks_are_not_judged(tmp_path: Path) -> None:
    points = [
        SeriesPoint(moment(BEGIN), None, successes=7, failures=12),
        SeriesPoint(moment(BEGIN), "a", successes=7, failures=12),
    ]
    write(tmp_path, points)
    source = open_history(tmp_path)
    report = make_report(
        source,
        SINCE,
        UNTIL,
        config=RuntimeConfig(models=[ModelConfig(id="a", executor=str)]),
        now=UNTIL,
    )

    assert report.advice == ()
    assert "Fewer than 20 tasks are too few" in report_text(report)
    assert "Too little data to judge (fewer than 20 attempts): a." in report_text(report)


def test_no_history_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no history"):
        open_history(tmp_path / "nowhere")


def test_an_incident_ends_with_its_process_and_the_gap_is_told(tmp_path: Path) -> None:
    rows = list(outage_rows(Outage("a", BEGIN + 600, 900)))[:3]
    gap = Gap(moment(BEGIN + 700), moment(BEGIN + 1_500), "not running", 0)
    write(tmp_path, [SeriesPoint(moment(BEGIN), "a", successes=1), *rows, gap])
    report = make_report(open_history(tmp_path), SINCE, UNTIL, now=UNTIL)

    [one] = report.incidents
    assert (one.lost, one.until, one.seen_until) == (True, None, gap.at)
    assert "its process ended" in report_text(report)
    assert report.known.gaps[0].reason == "not running"


def test_the_breakers_of_two_processes_are_not_mixed(tmp_path: Path) -> None:
    long, short = Outage("a", BEGIN + 600, 900), Outage("a", BEGIN + 630, 60)
    write(tmp_path, outage_rows(long), "one")
    write(tmp_path, outage_rows(short), "two")
    report = make_report(open_history(tmp_path), SINCE, UNTIL, now=UNTIL)

    [one] = report.incidents
    assert (one.parts, one.until) == (2, moment(BEGIN + 1_500))
    assert report.known.files == 2


def test_a_breaker_that_was_moved_by_hand_is_no_incident(tmp_path: Path) -> None:
    moved = {"before": "closed", "after": "open", "reason": "operator"}
    shut = {"before": "available", "after": "unavailable", "reason": "circuit_open"}
    rest = {"before": "available", "after": "maintenance", "reason": "operator"}
    rows = [
        EventRow(moment(BEGIN + 60), "CircuitChanged", "a", moved),
        EventRow(moment(BEGIN + 60), "HealthChanged", "a", shut),
        EventRow(moment(BEGIN + 90), "HealthChanged", "b", rest),
    ]
    write(tmp_path, rows)
    assert make_report(open_history(tmp_path), SINCE, UNTIL, now=UNTIL).incidents == ()


def test_injected_failures_stay_out_unless_they_are_wanted(tmp_path: Path) -> None:
    injected = {"injected": {"failures": 30, "timeouts": 5}}
    counts: dict[str, Any] = {"successes": 60, "failures": 40, "timeouts": 5, "details": injected}
    write(tmp_path, [SeriesPoint(moment(BEGIN), name, **counts) for name in (None, "a")])
    source = open_history(tmp_path)
    without = make_report(source, SINCE, UNTIL, now=UNTIL)
    with_them = make_report(source, SINCE, UNTIL, with_injected=True, now=UNTIL)

    assert (without.service.failed, with_them.service.failed) == (10, 45)
    assert (without.models[0].attempts, with_them.models[0].attempts) == (70, 105)
    assert [one.outcomes for one in without.injected] == [{"failures": 30, "timeouts": 5}] * 2
    assert "30 failures, 5 timeouts" in report_text(without)
