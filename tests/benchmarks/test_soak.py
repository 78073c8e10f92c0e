"""A short soak: nothing is left of thousands of tasks that fail, time out and are cancelled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In so few tasks the windows and counts of the models are still filling.
SHORT = ("--tasks", "5000", "--warm-up", "2000", "--rounds", "2", "--limit", "3")


def soak(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "benchmarks.soak", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=55)


pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="resident memory is read from /proc"
)


@pytest.fixture(scope="module")
def short() -> subprocess.CompletedProcess[str]:
    return soak(*SHORT)


def test_a_short_one_keeps_every_promise(short: subprocess.CompletedProcess[str]) -> None:
    assert (short.returncode, short.stderr) == (0, ""), short.stdout


@pytest.mark.parametrize(
    "line",
    [
        "tasks lost 0 (0.0%)",
        "tasks truncated 0 (0.0%)",
        "router.in_flight 0",
        "under_way 0",
        "bulkhead.in_flight 0",
        "bulkhead.waiting 0",
        "breaker.trials_out 0",
        "tasks left 0",
        "threads left 0",
        "processes left 0",
    ],
)
def test_it_says_that_nothing_is_left(line: str, short: subprocess.CompletedProcess[str]) -> None:
    assert line in [" ".join(told.split()) for told in short.stdout.splitlines()]


def test_a_promise_that_is_not_kept_is_named_and_fails() -> None:
    done = soak("--tasks", "300", "--warm-up", "100", "--rounds", "1", "--limit=-1000")

    assert done.returncode == 1
    assert "VIOLATED: memory grew by" in done.stdout


def test_threads_with_interrupts_keep_every_promise() -> None:
    # In so short a time the memory says nothing.
    done = soak("--threads", "--seconds", "4", "--seed", "7", "--limit", "50")

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "ask_the_router" in done.stdout
    assert "interrupted" in done.stdout


def test_a_promise_that_is_not_kept_among_threads_is_named_and_fails() -> None:
    done = soak("--threads", "--seconds", "0.5", "--limit=-1000")

    assert done.returncode == 1
    assert "VIOLATED: memory grew by" in done.stdout
