"""A cluster under faults: what must hold holds, and each planted bug is found."""

from __future__ import annotations

import pytest

from ...sampling import sampled
from ..bug import Bug
from .bugs import BUGS
from .command import found_by
from .world import simulate

WITHIN = 200


@pytest.mark.parametrize("seed", sampled(range(60), every=20))
def test_a_cluster_keeps_its_promises_under_faults(seed: int) -> None:
    outcome = simulate(seed)

    assert outcome.violations == ()
    assert outcome.calls > 0


@pytest.mark.parametrize("bug", sampled(BUGS, every=len(BUGS)), ids=lambda bug: bug.plant.__name__)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    assert found_by(bug, (bug.known_by, *range(WITHIN))) is not None
