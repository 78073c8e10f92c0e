"""The benchmarks run; how fast anything is depends on the machine and is not tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(420)  # a busy machine takes its time

ROOT = Path(__file__).parents[2]
ROWS = (
    "bare await",
    "bare create_task, 1 in flight",
    "bare create_task, 100 in flight",
    "bare create_task that waits once, 100 in flight",
    "bare run_coroutine_threadsafe, blocking caller",
    "breaker: admit and success",
    "breaker: rejection",
    "retry(): first try answers",
    "guard: execute",
    "guard: refused",
    "Task(payload): making one",
    "execute, 1 in flight",
    "execute, 100 in flight",
    "execute that waits once, 100 in flight",
    "execute, first model open: fallback",
    "execute, all models open: rejection",
    "submit().result(), blocking caller",
    "submit().result(), async executor, asyncio",
    "submit().result(), blocking executor, asyncio",
    "submit(), 1,000 in flight, asyncio",
    "bare generator across one queue, a chunk",
    "stream, a chunk",
    "bare waiting generator across one queue, a chunk",
    "stream that waits, a chunk",
    "bare two asks of an actor, awaited",
    "crash to next answer, awaited",
    "the same with report and log",
    "bare two asks of an actor, blocking caller",
    "crash to next answer, blocking caller",
    "bare ask of 1,000 actors each",
    "1,000 actors crash, each answers again",
    "execute, primary dead",
)
TABLES = (
    "CPU time a call",
    "Throughput: 1,000 callers, models of 10 ms",
    "success, instant executor, 1 in flight, async callers",
    "primary fails, instant executor, 1 in flight, async callers",
    "primary open, instant executor, 1 in flight, async callers",
    "success, instant executor, 4 in flight, blocking callers",
    "Resident memory after many calls",
    "Life of a fleet",
    "Cost of a task",
    "One of three models is dead for 0.4 s",
    "The first of two models of 10 ms is out for 0.5 s, 200 tasks/s",
    "Moments",
    "A thread that computes beside it: 5 ms models, 10 in flight",
    "Three times its capacity",
    "Four threads that send without waiting, for 10 s",
    "A request through a gateway",
    "A whole call",
    "Streams",
    "Streams and memory",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a quick run of everything has printed (`stdout`), and written (`found.json`)."""
    folder = tmp_path_factory.mktemp("benchmarks")
    options = ["--quick", "--json", str(folder / "found.json"), "--page", str(folder / "page.md")]
    done = run(*options)
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout, encoding="utf-8")
    return folder


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)


def written(report: Path) -> Any:
    return json.loads((report / "found.json").read_text(encoding="utf-8"))


def printed(report: Path) -> list[str]:
    return (report / "stdout").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ROWS)
def test_a_quick_run_prints_a_line_for(name: str, report: Path) -> None:
    assert any(line.strip().startswith(name + "  ") for line in printed(report))


@pytest.mark.parametrize("title", TABLES)
def test_a_quick_run_prints_the_table(title: str, report: Path) -> None:
    assert title in printed(report)


def test_the_tables_in_json_are_those_that_are_printed(report: Path) -> None:
    parts = written(report)["parts"].values()

    assert {table["title"] for part in parts for table in part["tables"]} == set(TABLES)


def test_the_page_has_every_table_and_names_the_machine(report: Path) -> None:
    page = (report / "page.md").read_text(encoding="utf-8")

    assert all(f"**{title}**" in page for title in TABLES)
    assert written(report)["surroundings"]["machine"] in page


def test_every_target_is_written_with_its_verdict(report: Path) -> None:
    targets = [one for part in written(report)["parts"].values() for one in part["targets"]]

    assert len(targets) > 20
    assert {one["verdict"] for one in targets} <= {"met", "missed", "not measured"}


def test_a_run_says_on_what_it_was_made(report: Path) -> None:
    assert {"python", "machine", "date", "load", "litellm"} <= written(report)[
        "surroundings"
    ].keys()


def test_a_part_that_does_not_exist_is_refused_with_those_there_are() -> None:
    done = run("speed")

    assert done.returncode == 2
    assert "there is no part 'speed'; there are costs, peers, memory" in done.stderr
