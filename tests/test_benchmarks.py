"""The benchmarks run; how fast anything is depends on the machine and is not tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a quick run has printed (`stdout`), and written (`rows.json`)."""
    folder = tmp_path_factory.mktemp("benchmarks")
    command = [sys.executable, "-W", "error", "-m", "benchmarks"]
    options = ["--quick", "--json", str(folder / "rows.json")]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "stdout").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_a_quick_run_prints_a_line_for(name: str, report: Path) -> None:
    lines = (report / "stdout").read_text(encoding="utf-8").splitlines()

    assert any(line.strip().startswith(name + "  ") for line in lines)


def test_the_rows_in_json_are_those_that_are_printed(report: Path) -> None:
    written = json.loads((report / "rows.json").read_text(encoding="utf-8"))

    assert {row["name"] for row in written["rows"]} == set(ROWS)


def test_every_row_says_with_what_bare_call_it_is_compared(report: Path) -> None:
    rows = json.loads((report / "rows.json").read_text(encoding="utf-8"))["rows"]

    assert all(row["against"].startswith("bare ") for row in rows)
    assert all(row["ratio"] == 1.0 for row in rows if row["name"] == row["against"])
