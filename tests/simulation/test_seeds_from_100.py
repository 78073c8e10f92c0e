"""What must hold, holds: the seeds from 100 to 150."""

from __future__ import annotations

import pytest

from .seeds_kit import check, parts


@pytest.mark.parametrize("seeds", parts(range(100, 150)), ids=str)
def test_all_invariants_hold(seeds: range) -> None:
    check(seeds)
