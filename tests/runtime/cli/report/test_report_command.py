"""`hive-resilience report`: out of files and of a server, in three forms, into files and pipes."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hive_resilience.runtime.cli.commands import app
from hive_resilience.runtime.cli.report.command import Options, write_report
from hive_resilience.runtime.cli.serve.remote import KEY_VARIABLE, Place
from hive_resilience.runtime.observability.history.records import SeriesPoint
from hive_resilience.runtime.observability.history.sums import moment
from tests.runtime.observability.reports.week_kit import BEGIN, write
from tests.runtime.server.site_kit import READ, guarded, story

DURING = ("--since", "2026-11-23T00:00Z", "--until", "2026-11-23T03:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, answers in (("one", 30), ("two", 12)):
        points = [SeriesPoint(moment(BEGIN + 60), who, successes=answers) for who in (None, "a")]
        write(tmp_path / "history", points, name)
    return tmp_path / "history"


def run(*arguments: object) -> tuple[int, str, str]:
    """The exit code, standard output and standard error of the command."""
    found = CliRunner().invoke(app, ["report", *map(str, arguments)])
    return found.exit_code, found.stdout, found.stderr


def test_all_files_of_a_folder_are_one_report(folder: Path) -> None:
    code, told, _ = run("--from", folder, *DURING)

    assert code == 0
    assert "100 % of 42 tasks answered" in told
    assert "\x1b" not in told


def test_files_may_be_named_one_by_one(folder: Path) -> None:
    one, two = sorted(folder.glob("*.db"))
    assert "of 42 tasks" in run("--from", one, "--from", two, *DURING)[1]
    assert "of 30 tasks" in run("--from", one, *DURING)[1]


def test_it_is_written_to_a_file_in_each_form(folder: Path, tmp_path: Path) -> None:
    for form, begin in (("text", b"2026-11-23 00:00"), ("json", b"{"), ("html", b"<!doctype")):
        to = tmp_path / f"report.{form}"
        code, told, _ = run("--from", folder, *DURING, "--format", form, "--output", to)
        assert (code, told) == (0, "")
        assert to.read_bytes().startswith(begin)


def test_two_periods_are_compared(folder: Path) -> None:
    plain: Any = json.loads(
        run("--from", folder, *DURING, "--compare", "previous", "--format", "json")[1]
    )
    assert plain["comparison"]["until"].startswith("2026-11-23T00:00")
    assert plain["comparison"]["since"].startswith("2026-11-22T21:00")


def test_the_settings_name_the_folder_and_the_objective(folder: Path) -> None:
    settings = folder.parent / "fleet.json"
    fleet = {"history": str(folder), "alerts": {"slo_target": 0.99}}
    model = {"endpoint": "http://localhost:1/v1"}
    settings.write_text(json.dumps({"global": fleet, "models": {"a": model}}))
    told = run("--config", settings, *DURING)[1]

    assert "Of the error budget of 99 %" in told
    assert "of 42 tasks" in told


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--format", "pdf"), "there are text, json, html"),
        (("--format", "jsn"), "did you mean json?"),
        (("--since", "yesterday"), "since: write a span of time"),
        (("--until", "2026-13-01"), "until: write a span of time"),
        (("--since", "1h", "--until", "2h"), "since should be before until"),
        (("--compare", "later"), "compare: 'later' should be previous, or two times"),
        (("--compare", "1h..2h"), "the first time should be before the second one"),
        (("--config", "/nowhere.yml"), "nowhere.yml"),
        (("--url", "http://localhost:1"), "--from and --config are for files"),
    ],
    ids=str,
)
def test_a_wrong_option_is_told_in_words(folder: Path, wrong: tuple[str, ...], told: str) -> None:
    code, out, error = run("--from", folder, *wrong)

    assert (code, out) == (2, "")
    assert told in " ".join(error.replace("│", " ").split())


def test_no_history_and_no_server_are_told(tmp_path: Path) -> None:
    assert run("--from", tmp_path)[0] == 1
    code, _, error = run("--url", "http://127.0.0.1:9")
    assert (code, "no server listens" in error) == (1, True)


def test_an_output_that_cannot_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    code, _, error = run("--from", folder, "--output", tmp_path / "no" / "report.txt")
    assert (code, "No such file" in error) == (2, True)


def test_a_reader_that_leaves_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        options = Options((folder,), None, None, False, "7d", "", "", "text", "-")
        assert write_report(options) == 0
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), pipe.fileno())


def test_a_running_server_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, READ)

    async def tell() -> int:
        async with guarded(tmp_path) as served:
            place = Place(served.url)
            options = Options((), place, None, False, "1h", "", "previous", "text", "-")
            return await asyncio.to_thread(write_report, options)

    assert story(tell()) == 0
    told = capfdbinary.readouterr().out
    assert b"No task came in this period." in told
    assert b"No history is kept" in told
