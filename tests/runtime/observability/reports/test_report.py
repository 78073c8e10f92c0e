"""The report of a made-up week: the same numbers in all forms, and nothing of a hostile name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import GlobalConfig, ModelConfig, PricesConfig, RuntimeConfig
from hive_resilience.observability import (
    HistoryError,
    Report,
    make_report,
    open_history,
    report_css,
    report_html,
    report_text,
)
from hive_resilience.runtime.observability.history.records import EventRow, Gap, SeriesPoint
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.reports import words
from hive_resilience.runtime.observability.reports.telling.sections import sections
from tests.runtime.observability.history.history_kit import sketch
from tests.runtime.observability.reports.week_kit import (
    BEGIN,
    DAY,
    OUTAGES,
    PLAYERS,
    RELOADED,
    SINCE,
    UNTIL,
    Outage,
    hours,
    outage_rows,
    week,
    write,
)

HOSTILE = "<img src=x onerror=alert(1)>\"'&</table><script>"


def settings(*more: str) -> RuntimeConfig:
    """The settings of the fleet of the week, and of models that did nothing."""
    players = [
        ModelConfig(
            id=one.name, executor=_never, prices=PricesConfig(input=500 * one.cost, output=1.0)
        )
        for one in PLAYERS
    ]
    others = [ModelConfig(id=name, executor=_never) for name in more]
    return RuntimeConfig(global_=GlobalConfig(), models=[*players, *others])


def _never(_: object) -> str:
    raise AssertionError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("week")
    write(found, week())
    return found


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    compare = SINCE, SINCE + hours(72)
    source, config = open_history(folder), settings("delta-spare")
    return make_report(source, SINCE, UNTIL, config=config, compare=compare, now=UNTIL)


class Cells(HTMLParser):
    """The texts of the cells of all tables, in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._in = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("td", "th"):
            self._in = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = self._in and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in:
            self.cells[-1] += data


def told_cells(report: Report) -> Iterator[str]:
    for section in sections(report):
        for table in section.tables:
            yield from (column.title for column in table.columns)
            for row in table.rows:
                yield from row


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_text_and_html_have_the_same_cells(report: Report) -> None:
    cells = list(told_cells(report))

    assert Cells(report_html(report)).cells == cells
    text = squeezed(report_text(report, width=10_000))
    assert all(squeezed(cell) in text for cell in cells)


def test_the_numbers_of_json_are_those_of_the_words(report: Report) -> None:
    plain: Any = json.loads(report.to_json())
    text, page = report_text(report, 10_000), unescape(report_html(report))
    service = plain["service"]
    expected = [
        words.percent(service["availability"]["value"]),
        words.count(service["availability"]["count"]),
        words.factor(service["budget"]["burn"]),
        words.seconds(service["durations"]["p95"]["value"]),
        *(words.count(model["successes"]) for model in plain["models"]),
        *(words.percent(model["success"]["value"]) for model in plain["models"]),
        *(words.seconds(model["durations"]["p99"]["value"]) for model in plain["models"]),
        *(words.money(cost["total"]) for cost in plain["costs"]),
        *(finding["text"] for finding in plain["findings"]),
        *(advice["setting"] for advice in plain["advice"]),
        *(advice["measured"] for advice in plain["advice"]),
    ]
    assert len(expected) > 25
    for told in expected:
        assert told in text
        assert told in page


def test_the_incidents_of_the_week_are_found_with_their_times(report: Report) -> None:
    assert [one.model_id for one in report.incidents] == [one.model for one in OUTAGES]
    for one, known in zip(report.incidents[:3], OUTAGES, strict=False):
        assert one.detect is not None
        assert one.recover is not None
        assert one.divert is not None
        assert one.detect.seconds == pytest.approx(4.3)
        assert one.divert.seconds == pytest.approx(1.0)
        assert one.recover.seconds == pytest.approx(known.seconds - 5.3)
    assert report.incidents[3].cause == "3 probes failed"
    restored = report.incidents[0].restore
    assert restored is not None
    assert not restored.at_least
    assert restored.seconds < 1_200


def test_a_step_is_tied_to_what_happened_then(report: Report) -> None:
    [step] = [one for one in report.findings if one.kind == "step"]
    assert step.model_id == "borealis-pro"
    assert f"as the settings were reloaded at {words.when(moment(RELOADED))}" in step.text
    assert 0.2 < step.numbers["change"] < 0.5


def test_a_trend_is_found_and_only_that(report: Report) -> None:
    trends = [(one.metric, one.model_id) for one in report.findings if one.kind == "trend"]
    assert ("p95", "atlas-large") in trends
    assert not [model for _, model in trends if model == "cedar-mini"]


def test_the_other_period_was_quicker(report: Report) -> None:
    assert report.comparison is not None
    rows = {(one.metric, one.model_id): one for one in report.comparison.rows}
    assert rows["p95", "borealis-pro"].seen
    assert rows["p95", "borealis-pro"].difference > 1.1
    assert not rows["success", "cedar-mini"].seen


def test_a_model_that_is_never_used_is_told(report: Report) -> None:
    [one] = [one for one in report.advice if one.kind == "never_used"]
    assert one.model_id == "delta-spare"


def test_parts_of_a_longer_period_are_read_by_hours_and_add_up(folder: Path) -> None:
    source = open_history(folder)
    whole = make_report(source, SINCE, UNTIL, now=UNTIL).service.answered
    middle = SINCE + hours(61)
    parts = [(SINCE, middle), (middle, UNTIL)]
    assert sum(make_report(source, *each, now=UNTIL).service.answered for each in parts) == whole


def test_the_page_is_one_file_without_a_script(report: Report) -> None:
    page = Cells(report_html(report))

    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    for name, value in page.attributes:
        assert name not in ("src", "href") or (value or "").startswith("#")
    assert "@media print" in report_css()
    assert "url(" not in report_css()


def test_a_linked_page_has_no_style_in_it(report: Report) -> None:
    page = report_html(report, style="linked")

    assert '<link rel="stylesheet" href="report.css">' in page
    assert "style" not in set(Cells(page).tags)


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
    report = make_report(source, SINCE, UNTIL, config=settings(), now=UNTIL)

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
    assert DAY == 86_400
