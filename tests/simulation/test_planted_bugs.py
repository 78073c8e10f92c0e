"""The simulation finds bugs: each of these is planted, and found within 100 seeds.

`make test` has every third of them, `make test-conformance` the others.
"""

from __future__ import annotations

import pytest

from ..sampling import sampled
from .bug import Bug
from .bugs import BUGS
from .run import simulate

WITHIN = 100


@pytest.mark.parametrize("bug", sampled(BUGS, 3), ids=lambda bug: bug.plant.__name__)
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    seeds = (bug.known_by, *range(WITHIN))

    assert any(bug.told in told for seed in seeds for told in simulate(seed).violations)
