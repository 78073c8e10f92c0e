"""A cluster under faults: what must hold holds, and each planted bug is found."""

from __future__ import annotations

import pytest

from ...sampling import heavy, sampled
from ..bug import Bug
from .bugs import BUGS
from .world import simulate

WITHIN = 200


@pytest.mark.parametrize("seed", sampled(range(16), every=8))
def test_a_cluster_keeps_its_promises_under_faults(seed: int) -> None:
    outcome = simulate(seed)

    assert outcome.violations == ()
    assert outcome.calls > 0


@pytest.mark.parametrize("bug", [heavy(bug) for bug in BUGS])
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    seeds = (bug.known_by, *range(WITHIN))

    assert any(bug.told in told for seed in seeds for told in simulate(seed).violations)
