"""What protection costs is measured; how fast anything is depends on the machine."""

from __future__ import annotations

import pytest

from .quick_kit import Report, run

pytestmark = [
    pytest.mark.conformance,  # most of a minute: it measures every row
    pytest.mark.timeout(420),  # a busy machine takes its time
]

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


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("costs")
    return Report(folder, "costs", "memory", "scale", "outage", "defaults")


@pytest.mark.parametrize("name", ROWS)
def test_a_quick_run_prints_a_line_for(name: str, report: Report) -> None:
    assert report.has_row(name)


def test_costs_and_outages_are_told_in_every_form(report: Report) -> None:
    report.check(
        "CPU time a call",
        "Throughput: 1,000 callers, models of 10 ms",
        "Resident memory after many calls",
        "Life of a fleet",
        "Cost of a task",
        "One of three models is dead for 0.4 s",
        "The first of two models of 10 ms is out for 0.5 s, 200 tasks/s",
        "Moments",
    )


def test_a_run_says_on_what_it_was_made(report: Report) -> None:
    surroundings = report.found["surroundings"]

    assert {"python", "machine", "date", "load", "litellm"} <= surroundings.keys()
    assert surroundings["machine"] in report.page


def test_a_part_that_does_not_exist_is_refused_with_those_there_are() -> None:
    done = run("speed")

    assert done.returncode == 2
    assert "there is no part 'speed'; there are costs, peers, memory" in done.stderr
