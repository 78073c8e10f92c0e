"""The report of a period, in the page and as a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hive_resilience import Task
from hive_resilience.runtime.observability.reports.page.page import STYLESHEET, report_css
from hive_resilience.runtime.server.dashboard.files import page_files
from tests.runtime.server.site_kit import READ, story

from .dashboard_kit import NASTY, shown


@pytest.mark.parametrize("kept", [True, False])
def test_the_page_gets_a_report_without_a_style_in_it(tmp_path: Path, kept: bool) -> None:
    async def work() -> None:
        history = tmp_path / "history" if kept else None
        async with shown(tmp_path, NASTY, "b", history=history) as site:
            visit = await site.login(READ)
            await site.runtime.execute(Task("x"))
            reply = await visit.get("report?since=1h&compare=1")
            page = reply.body.decode()
            assert reply.status == 200
            assert '<main class="report">' in page
            assert "<style" not in page
            assert "style=" not in page
            assert NASTY not in page
            assert (await visit.get("report.css")).headers["content-type"].startswith("text/css")

    story(work())


def test_a_file_has_its_style_and_is_not_shown_but_kept(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            reply = await visit.get("report?since=7d&file=1")
            assert reply.headers["content-disposition"].startswith("attachment")
            assert b"<style>" in reply.body

    story(work())


def test_a_report_needs_a_login_and_a_period(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            assert (await site.page("report")).status == 403
            visit = await site.login(READ)
            assert (await visit.get("report?since=2h")).status == 400

    story(work())


def test_a_report_is_made_once_for_all_that_ask_at_the_same_time(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            first = await visit.get("report?since=1h")
            await site.runtime.execute(Task("x"))
            assert (await visit.get("report?since=1h")).body == first.body

    story(work())


def test_no_style_of_another_view_reaches_into_the_report() -> None:
    others = [file.body.decode() for name, file in page_files().items() if name != STYLESHEET]
    names = (re.findall(r"^\.([a-z-]+)[ ,]", body, re.MULTILINE) for body in others)
    styled = {name for found in names for name in found}
    used = set(re.findall(r"\.report \.([a-z-]+)", report_css()))
    assert "way" in styled
    assert used & styled == {"unseen"}
