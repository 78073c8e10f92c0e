"""The report of a made-up week: the same numbers in all forms, and nothing of a hostile name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import GlobalConfig, ModelConfig, PricesConfig, RuntimeConfig
from hive_resilience.observability import open_history
from hive_resilience.reports import Report, make_report, report_css, report_html, report_text
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.reports import words
from hive_resilience.runtime.observability.reports.telling.sections import sections
from tests.runtime.observability.reports.week_kit import (
    OUTAGES,
    PLAYERS,
    RELOADED,
    SINCE,
    UNTIL,
    Cells,
    hours,
    week,
    write,
)


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
