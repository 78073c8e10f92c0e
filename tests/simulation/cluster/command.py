"""Clusters on the command line: `python -m tests.simulation --cluster`, perhaps with `--bugs`."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from ..bug import Bug
from .bugs import BUGS
from .world import simulate

EVERY = 50
"""Seeds after which a long run says how far it is."""


def run_seeds(seeds: range) -> int:
    """Each seed that fails is told, with its faults in their order; a run has no trace."""
    began, failed, calls = time.perf_counter(), 0, 0
    for number, seed in enumerate(seeds, 1):
        outcome = simulate(seed)
        calls += outcome.calls
        if outcome.violations:
            failed += 1
            print(f"seed {seed} failed after {', '.join(outcome.faults)}")
            print("\n".join(f"  {violation}" for violation in outcome.violations), flush=True)
        if number % EVERY == 0 or number == len(seeds):
            spent = time.perf_counter() - began
            print(
                f"{number} seeds of a cluster, to {seed}, {failed} failed; {calls} calls in "
                f"{spent:.1f} s, {spent / number:.3f} a seed",
                flush=True,
            )
    return 1 if failed else 0


def find_bugs(seeds: range, only: str = "") -> int:
    """Plant each bug, and look for it until a seed finds it. A seed that is known goes first."""
    missed = 0
    for bug in BUGS:
        if only in bug.plant.__name__:
            known = (bug.known_by,) if bug.known_by in seeds else ()
            found = found_by(bug, (*known, *seeds))
            missed += found is None
            told = "NOT FOUND" if found is None else f"found by seed {found}"
            print(f"{bug.plant.__name__:24} {told}", flush=True)
    return 1 if missed else 0


def found_by(bug: Bug, seeds: Iterable[int]) -> int | None:
    """The first of the seeds that finds a bug; None: they do not find it."""
    with pytest.MonkeyPatch.context() as patch:
        bug.plant(patch)
        for seed in seeds:
            if any(bug.told in told for told in simulate(seed).violations):
                return seed
    return None
