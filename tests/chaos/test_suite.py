"""The experiments of `examples/chaos` hold, and are real: their faults are seen."""

from __future__ import annotations

import pytest

from hive_resilience.chaos import Journal, journal_text, load_experiment
from hive_resilience.runtime.chaos.experiments.activities import check

from .suite import EVERY, REAL, VIRTUAL, path_of, run_one

HITS = {"actor": 2, "cut_stream": 10}
"""Where the number of hits is known beforehand; elsewhere it is five at least."""


def test_there_are_ten() -> None:
    assert len(EVERY) == 10
    assert set(REAL) < set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_an_example_is_valid(name: str) -> None:
    check(load_experiment(path_of(name)))


@pytest.mark.parametrize("name", VIRTUAL)
def test_an_experiment_holds_in_virtual_time(name: str) -> None:
    ran = run_one(name)

    held(ran.journal)
    assert ran.answered >= 0.99 * ran.tasks
    report = ran.journal.report
    assert report is not None
    assert report["hits"] == HITS.get(name, report["hits"])
    assert report["hits"] >= 2


@pytest.mark.conformance
@pytest.mark.parametrize("name", REAL)
def test_an_experiment_holds_in_real_time(name: str) -> None:
    held(run_one(name).journal)


def held(journal: Journal) -> None:
    assert journal.code.word == "held", journal_text(journal)
    assert journal.report is not None
    assert journal.report["hits"]
