"""The tool itself: what a run is made of, and that an integer is the same run everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hive_resilience.actors import fleet_messages, load_messages, messages, place_messages

from .__main__ import told
from .actions import MODEL_MESSAGES, ROUTER_MESSAGES, SUPERVISOR_MESSAGES
from .bugs import leaked_permit
from .run import simulate

FATES = ("whole", "interrupted", "failed", "left", "restarted")
ROOT = Path(__file__).parents[2]

REMARKABLE = {
    "a model is removed and comes back while a thread of its first life still runs": 771612,
    "a model that is being removed leaves while all others are asked": 771801,
    "a place comes free at the very moment at which a task would try again": 5107,
    "a model that is being removed comes back, and has offered a place meanwhile": 5242,
}


@pytest.mark.parametrize("seed", REMARKABLE.values(), ids=REMARKABLE)
def test_all_invariants_hold_where_something_rare_happens(seed: int) -> None:
    outcome = simulate(seed)

    assert not outcome.violations, told(outcome)


def test_much_happens_in_a_few_runs() -> None:
    outcomes = [simulate(seed) for seed in range(10)]

    assert sum(outcome.requests for outcome in outcomes) > 500
    assert sum(outcome.crashes for outcome in outcomes) > 25
    streams = sum((outcome.streams for outcome in outcomes), Counter[str]())
    assert all(streams[fate] for fate in FATES), streams


ANSWERS = {
    "Candidate",
    "Route",
    "Choice",
    "Refused",
    "Full",
    "Placed",
    "ProviderFeedback",
    "Verdict",
}
PARTS = {"Terms", "Switch"}
"""What is among the messages and is told to no actor by itself."""


def test_actors_crash_at_every_message_there_is() -> None:
    parts = (messages, fleet_messages, load_messages, place_messages)
    modules = {part.__name__ for part in parts}
    found = [value for part in parts for value in vars(part).values()]
    own = {k.__name__ for k in found if isinstance(k, type) and k.__module__ in modules}
    targets = {*ROUTER_MESSAGES, *MODEL_MESSAGES, *SUPERVISOR_MESSAGES}

    counts_of_chaos = {"FailureInjected", "InjectionCounted"}  # a crash there loses a count alone
    of_clusters = {"PeersCounted"}  # they have a simulation of their own
    assert own - ANSWERS - PARTS - targets - counts_of_chaos - of_clusters == set(), (
        "add them to the lists in actions.py"
    )


def test_the_same_seed_is_the_same_run_message_for_message() -> None:
    assert simulate(7).trace == simulate(7).trace


def test_a_run_is_the_same_in_another_process() -> None:
    asked = "from tests.simulation.run import simulate; print(simulate(7).digest)"
    environ = {**os.environ, "PYTHONHASHSEED": "7"}
    other = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=environ, capture_output=True, text=True
    )

    assert other.stdout.strip() == simulate(7).digest


def test_a_failing_seed_tells_how_to_replay_it_and_what_came_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leaked_permit(monkeypatch)
    failed = next(found for found in map(simulate, range(50)) if found.violations)

    report = told(failed)

    assert f"python -m tests.simulation --from {failed.seed} --seeds 1 --trace" in report
    assert str(failed.trace[-1]) in report
